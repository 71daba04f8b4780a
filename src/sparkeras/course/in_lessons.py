"""What the cells of a lesson call: ``check``, ``figure``, ``load``, ``pick``, ``show`` and ``start_spark``.

Runs on: driver.
"""

import inspect
import io
import os
import tempfile

from sparkeras import datasets
from sparkeras.course import checking, lesson, pictures
from sparkeras.course.progress import Progress
from sparkeras.course.quiet_spark import without_native_algebra, without_query_logs
from sparkeras.errors import CourseError, DataError

FAST = "SPARKERAS_COURSE_FAST"  # a lesson in seconds, for tests: fewer rows, fewer epochs
MASTER = "SPARKERAS_COURSE_MASTER"  # where Spark lessons run; two cores of this machine where nobody says
STRICT = "SPARKERAS_COURSE_STRICT"  # a figure that the lesson states and a run does not meet is an error

_sampled: set[str] = set()
_replaced: set[str] = set()  # those of them that are missing or damaged here


def check(id, namespace=None):
    """Judge the answer to an exercise, print what to make of it, and keep what was right in the learner's progress.

    Parameters
    ----------
    id : str
        Lesson and number, such as "2.1".
    namespace : dict, optional
        Where the answers are; by default the caller's globals.
    """
    found = checking.find(id)
    result = checking.judge(id, inspect.currentframe().f_back.f_globals if namespace is None else namespace)
    print(checking.spoken(found, result))
    progress = Progress.here()
    if progress:
        progress.record(found.id, result.ok)


def pick(full, fast):
    """Return ``full``, or ``fast`` where the environment asks for a lesson in seconds."""
    return fast if os.environ.get(FAST) else full


def figure(id, value):
    """Print a number beside the one that the lesson states.

    Parameters
    ----------
    id : str
        Lesson and name, such as "2.line_error".
    value : float

    Raises
    ------
    CourseError
        If the lesson states no such figure; or, in tests, if the run does not meet it.
    """
    number, _, name = id.partition(".")
    stated = lesson.find(number).figures.get(name)
    if stated is None:
        raise CourseError(f"Lesson {number} states no figure {name!r}.")
    text, expected = format(value, stated.format), format(stated.value, stated.format)
    said = f"{name.replace('_', ' ')}: {text} (the lesson says {expected})"
    comparable = not (_sampled or (stated.full and os.environ.get(FAST)))
    if comparable and not abs(value - stated.value) <= stated.within:
        if os.environ.get(STRICT):
            raise CourseError(f"Lesson {number} says {expected} for {name!r}; this run has {text}.")
        said += " - further from it than usual: a wrong answer above, or other versions, another seed or machine"
    print(said + (" - of MADE-UP rows" if _sampled else ""))


def load(name, **how):
    """Return the Arrays of a data set; where it is missing, say how to get it and return a few made-up rows instead.

    Parameters are those of ``datasets.load_arrays``.
    """
    try:
        arrays = datasets.load_arrays(name, **how)
    except DataError as error:
        if name not in datasets.names():
            raise
        return _sample(name, how, error)
    if arrays.is_synthetic:
        print(f"{arrays.name}: MADE-UP rows. Figures and pictures of this lesson mean nothing.")
        _sampled.add(name)
    return arrays


def sampled():
    """Tell whether a data set of this lesson is a made-up sample, whose figures mean nothing."""
    return bool(_sampled)


def start_spark():
    """Return the Spark session of the lessons: on two cores of this machine, or at ``$SPARKERAS_COURSE_MASTER``."""
    from sparkeras.spark import session

    spark = session.get_or_start(os.environ.get(MASTER) or "local[2]")
    without_native_algebra(spark)
    without_query_logs()
    spark.conf.set("spark.sql.shuffle.partitions", "2")  # 200 are for tables that these lessons have not
    return spark


def show(draw, *what, **how):
    """Draw one of ``sparkeras.plots`` and show it in the notebook; a lesson run as a program keeps it as a file.

    Parameters
    ----------
    draw : function (path or binary file, *what, **how)
        Such as ``plots.draw_history``.
    """
    content = io.BytesIO()
    draw(content, *what, **how)
    if pictures.in_notebook():
        from IPython.display import Image, display

        display(Image(content.getvalue()))
    elif pictures.wanted():
        pictures.keep(content.getvalue())


def _sample(name, how, error):
    print(f"The real data set is missing here. {error}")
    print("Until then this lesson goes on with a few MADE-UP rows: its figures and pictures mean nothing.")
    before = os.environ.get("SPARKERAS_DATA")
    with tempfile.TemporaryDirectory() as folder:
        datasets.write_sample(name, folder)
        os.environ["SPARKERAS_DATA"] = folder
        try:
            arrays = datasets.load_arrays(name, **how)
        finally:
            os.environ.pop("SPARKERAS_DATA")
            if before is not None:
                os.environ["SPARKERAS_DATA"] = before
    _replaced.add(name)
    _sampled.add(name)
    return arrays
