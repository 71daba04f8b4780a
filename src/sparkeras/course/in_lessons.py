"""The functions of a lesson's cells: ``begin``, ``check``, ``figure``, ``load``, ``pick``, ``show``, ``start_spark``.

Runs on: driver.
"""

from __future__ import annotations

import inspect
import io
import os
import tempfile
import warnings
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from sparkeras import datasets
from sparkeras.course import checking, lesson, pictures
from sparkeras.course.progress import Progress
from sparkeras.course.quiet_spark import without_native_algebra, without_query_logs
from sparkeras.datasets.contract import SYNTHETIC_SUFFIX
from sparkeras.engine import backends
from sparkeras.errors import CourseError, DataError

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

FAST = "SPARKERAS_COURSE_FAST"  # a lesson in seconds, for tests: fewer rows, fewer epochs
MASTER = "SPARKERAS_COURSE_MASTER"  # Spark's master in lessons; without it, two cores of this machine
STRICT = "SPARKERAS_COURSE_STRICT"  # a run that does not meet a figure of the lesson is an error

_sampled: set[str] = set()  # data sets of this process whose rows are made up
_replaced: set[str] = set()  # those of them that are missing or damaged here
_Value = TypeVar("_Value")


class _Set(Protocol):
    """What was read of a data set; its name says where rows are made up."""

    @property
    def name(self) -> str: ...


_Found = TypeVar("_Found", bound=_Set)


def begin() -> None:
    """Choose the backend that is installed, before Keras is imported; without a screen, let plots become files.

    Each lesson calls it first. It sets ``$KERAS_BACKEND`` and, in a program without a screen, ``$MPLBACKEND``, unless
    they are set; and it silences a warning about notebook widgets that no lesson needs.
    """
    os.environ.setdefault("KERAS_BACKEND", backends.choose())
    pictures.without_screen()
    # Optuna imports tqdm, which looks for a notebook's widgets; none of them is shown.
    warnings.filterwarnings("ignore", "IProgress not found")


def check(id: str, namespace: Mapping[str, object] | None = None) -> None:
    """Judge the answer to an exercise, print the verdict, and record a right answer in the learner's progress.

    Parameters
    ----------
    id : str
        Lesson and number, such as "2.1".
    namespace : dict, optional
        The variables that hold the answers; by default the caller's globals.
    """
    if namespace is None:
        frame = inspect.currentframe()
        namespace = frame.f_back.f_globals if frame and frame.f_back else {}
    exercise = checking.find(id)
    result = checking.judge(id, namespace)
    print(checking.spoken(exercise, result))
    progress = Progress.here()
    if progress:
        progress.record(exercise.id, result.ok)


def pick(full: _Value, fast: _Value) -> _Value:
    """Return ``full``, or ``fast`` where the environment asks for a lesson in seconds."""
    return fast if os.environ.get(FAST) else full


def figure(id: str, value: float) -> None:
    """Print a number beside the one in the lesson's text.

    Parameters
    ----------
    id : str
        Lesson and name, such as "2.line_error".
    value : float

    Raises
    ------
    CourseError
        If the lesson has no such figure; or, in tests, if the run does not meet it.
    """
    number, _, name = id.partition(".")
    stated = lesson.find(number).figures.get(name)
    if stated is None:
        raise CourseError(f"Lesson {number} states no figure {name!r}.")
    text, expected = format(value, stated.format), format(stated.value, stated.format)
    line = f"{name.replace('_', ' ')}: {text} (the lesson says {expected})"
    comparable = not (_sampled or (stated.full and os.environ.get(FAST)))
    if comparable and not abs(value - stated.value) <= stated.within:
        if os.environ.get(STRICT):
            raise CourseError(f"Lesson {number} says {expected} for {name!r}; this run has {text}.")
        line += " - further from it than usual: a wrong answer above, or other versions, another seed or machine"
    print(line + (" - of MADE-UP rows" if _sampled else ""))


def load(name: str, **options: Any) -> datasets.Arrays:
    """Return the Arrays of a data set; of a missing set, print how to get it and return a few made-up rows instead.

    Parameters are those of ``datasets.load_arrays``.
    """
    return or_made_up(name, lambda: datasets.load_arrays(name, **options))


def or_made_up(name: str, read: Callable[[], _Found]) -> _Found:
    """Return what ``read`` gives of a data set; of a missing set, print how to get it and read a sample instead."""
    try:
        found = read()
    except DataError as error:
        if name not in datasets.names():
            raise
        return _sample(name, read, error)
    if found.name.endswith(SYNTHETIC_SUFFIX):
        print(f"{found.name}: MADE-UP rows. Figures and pictures of this lesson mean nothing.")
        _sampled.add(name)
    return found


def sampled() -> bool:
    """Tell whether a data set of this lesson is a made-up sample, whose figures mean nothing."""
    return bool(_sampled)


def is_replaced(name: str) -> bool:
    """Tell whether ``load`` replaced a data set, missing or damaged here, by made-up rows."""
    return name in _replaced


def start_spark() -> SparkSession:
    """Return the Spark session of the lessons: on two cores of this machine, or at ``$SPARKERAS_COURSE_MASTER``."""
    from sparkeras.spark import session

    spark: SparkSession = session.get_or_start(os.environ.get(MASTER) or "local[2]")
    without_native_algebra(spark)
    without_query_logs()
    spark.conf.set("spark.sql.shuffle.partitions", "2")  # the default of 200 is for far larger tables
    return spark


def show(draw: Callable[..., object], *arguments: object, **options: object) -> None:
    """Draw one of ``sparkeras.plots`` and show it in the notebook; a lesson's program writes it to a file.

    Parameters
    ----------
    draw : function (path or binary file, *arguments, **options)
        Such as ``plots.draw_history``.
    """
    content = io.BytesIO()
    draw(content, *arguments, **options)
    if pictures.in_notebook():
        from IPython.display import Image, display

        display(Image(content.getvalue()))
    elif pictures.wanted():
        pictures.keep(content.getvalue())


def _sample(name: str, read: Callable[[], _Found], error: DataError) -> _Found:
    """Print that a set is missing, and return what ``read`` gives of a sample of made-up rows."""
    print(f"The real data set is missing here. {error}")
    print("Until then this lesson goes on with a few MADE-UP rows: its figures and pictures mean nothing.")
    before = os.environ.get("SPARKERAS_DATA")
    with tempfile.TemporaryDirectory() as folder:
        datasets.write_sample(name, folder)
        os.environ["SPARKERAS_DATA"] = folder
        try:
            found = read()
        finally:
            os.environ.pop("SPARKERAS_DATA")
            if before is not None:
                os.environ["SPARKERAS_DATA"] = before
    _replaced.add(name)
    _sampled.add(name)
    return found
