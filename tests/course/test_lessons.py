"""Lessons as learners use them: each solution notebook runs, and what is not right gets its own hint."""

import contextlib
import os
from pathlib import Path

import nbformat
import pytest
from jupyter_client.manager import KernelManager
from nbclient import NotebookClient

from sparkeras import datasets
from sparkeras.course import checking, in_lessons, lesson, notebooks, views
from tests.course import trials

ROOT = Path(__file__).parents[2]
LESSONS = [lesson.read(path) for path in lesson.files()]
IDS = [each.name for each in LESSONS]
NOT_THEIRS = ("KERAS_BACKEND", "JAX_DISABLE_MOST_OPTIMIZATIONS")
# With few rows and epochs a third of the time would go into optimizing programs; learners' own are.
FAST = {in_lessons.FAST: "1", "XLA_FLAGS": "--xla_backend_optimization_level=1"}
# A kernel that is shut down ends its children by signals; Java is ended before, so that it removes its files.
END = "from tests.places import end_java\nend_java()"


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """The folder of real data sets; where there is none, one of made-up rows, whose figures are not compared."""
    real = os.environ.get("SPARKERAS_DATA")
    return real or made_up({name for each in LESSONS for name in each.data}, tmp_path_factory.mktemp("data"))


def has_files(name):
    """Return whether a named data set is in no package, so that there is a sample of it."""
    return datasets.describe(name).download_bytes != 0


def made_up(names, folder):
    """Write samples of named data sets into a folder, but for those that need no files."""
    for name in names:
        if has_files(name):
            datasets.write_sample(name, folder)
    return str(folder)


@pytest.fixture(scope="module")
def kernel(tmp_path_factory, data):
    """One kernel for all lessons: Keras is imported and the JVM started once."""
    with started(tmp_path_factory, FAST | {"SPARKERAS_DATA": data}) as manager:
        yield manager


@pytest.fixture(scope="module")
def kernel_at_full_size(tmp_path_factory):
    """The same with all rows and epochs, as learners run them."""
    with started(tmp_path_factory, {}) as manager:
        yield manager


@pytest.fixture(scope="module")
def kernel_without_data(tmp_path_factory):
    """The same where no data set is on the machine, and no network."""
    nothing = {"SPARKERAS_DATA": "", "https_proxy": "http://127.0.0.1:9", "http_proxy": "http://127.0.0.1:9"}
    with started(tmp_path_factory, FAST | nothing) as manager:
        yield manager


@contextlib.contextmanager
def started(tmp_path_factory, more):
    """Start a kernel with further environment variables."""
    wanted = {in_lessons.STRICT: "1", "MPLBACKEND": "module://matplotlib_inline.backend_inline"}
    wanted |= {
        "PYTHONPATH": os.pathsep.join([os.environ["PYTHONPATH"], str(ROOT)]),
        "SPARKERAS_CACHE": str(tmp_path_factory.mktemp("cache")),
        "TMPDIR": str(tmp_path_factory.mktemp("tmp")),
    }
    manager = KernelManager(kernel_name="python3")
    # As learners come: nobody chose a backend for them, nor how programs are compiled.
    environment = {name: value for name, value in os.environ.items() if name not in NOT_THEIRS}
    manager.start_kernel(env=environment | wanted | more, cwd=str(tmp_path_factory.mktemp("course")))
    yield manager
    NotebookClient(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(END)]), km=manager, timeout=60).execute()
    manager.shutdown_kernel(now=True)


def on_data(each):
    """Mark a lesson whose rows differ where there is real data, but for the dear ones: slow tests run those on it."""
    differs = any(has_files(name) for name in each.data)
    return [pytest.mark.on_data] * (
        differs and each.name not in ("11_transfer", "14_spark", "15_housing", "17_from_scratch", "20_flights")
    )


def tried(each):
    """The solution notebook, with the known wrong answers tried before each solution."""
    made = notebooks.notebook(each, "solution")
    sources = {cell.exercise: cell.source for cell in each.cells if cell.exercise}
    cells = []
    for cell in made.cells:
        id = next((tag for tag in cell.metadata.get("tags", ()) if tag in sources), None)
        if id:
            code = f"from tests.course import trials\ntrials.try_all({id!r}, {sources[id]!r}, globals())"
            cells.append(nbformat.v4.new_code_cell(code, metadata={"tags": ["trial"]}))
        cells.append(cell)
    made.cells = [*cells, nbformat.v4.new_code_cell("%reset -f")]
    return made


def execute(made, kernel):
    """Run a notebook; each of its checks must be content."""
    # For a kernel that has ended (nbclient ends it where a signal reaches these tests), the client would start
    # another one: in the folder of the tests, and in their environment.
    assert kernel.is_alive(), "The kernel has ended in a lesson before this one."
    NotebookClient(made, km=kernel, timeout=240).execute()
    for cell in made.cells:
        if "check" in cell.metadata.get("tags", ()):
            printed = "".join(output.get("text", "") for output in cell.outputs)
            assert printed.startswith("✔"), f"{cell.source}: {printed}"


@pytest.mark.timeout(300)
@pytest.mark.parametrize("each", [pytest.param(each, marks=on_data(each)) for each in LESSONS], ids=IDS)
def test_a_lesson_runs_and_tells_right_from_wrong(each, kernel):
    made = tried(each)
    execute(made, kernel)
    for cell in made.cells:
        errors = [out for out in cell.get("outputs", ()) if out.output_type == "stream" and out.name == "stderr"]
        assert not errors, f"{cell.source}\nwrote to stderr: {errors}"


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("each", LESSONS, ids=IDS)
def test_a_lesson_at_full_size_reaches_its_figures_and_tells_right_from_wrong(each, kernel_at_full_size):
    execute(tried(each), kernel_at_full_size)


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("each", [each for each in LESSONS if each.data], ids=lambda each: each.name)
def test_a_lesson_runs_on_made_up_rows_where_its_data_is_missing(each, kernel_without_data):
    made = notebooks.notebook(each, "solution")
    made.cells.append(nbformat.v4.new_code_cell("%reset -f"))
    execute(made, kernel_without_data)


@pytest.mark.parametrize("each", LESSONS, ids=IDS)
def test_a_lesson_is_whole(each):
    exercises, mistakes = checking.exercises(each.number), trials.mistakes(each.number)
    cells = [cell for cell in each.cells if cell.exercise]
    checks = [cell.source for cell in each.cells if cell.has("check")]
    assert [cell.exercise for cell in cells] == list(exercises)
    assert checks == [f'check("{id}")' for id in exercises]
    assert 2 <= len(exercises) <= 6
    assert list(mistakes) == list(exercises)
    for id, found in exercises.items():
        assert found.baseline, id
        assert found.hints, id
        assert 2 <= len(mistakes[id]) <= 5, id
        assert any(f"Exercise {id}" in cell.source for cell in each.cells if cell.kind == "markdown"), id
    text = "\n".join(cell.source for cell in each.cells if cell.kind == "markdown")
    for part in (
        "**What you will do.**",
        "**Time.**",
        "**The figure to reach:**",
        "## What the result means",
        "## Going further",
    ):
        assert part in text, part
    for tag, least in (("slide", 2), ("teacher", 1)):
        assert sum(cell.has(tag) and cell.has("hidden") for cell in each.cells) >= least, tag
    code = "\n".join(cell.source for cell in each.cells if cell.kind == "code")
    measured = {name for name in each.figures if f'figure("{each.number}.{name}"' in code}
    assert each.stated() <= set(each.figures) == measured


@pytest.mark.parametrize("view", views.VIEWS)
def test_no_view_but_the_solution_shows_one(view):
    for each in LESSONS:
        assert views.BEGIN not in notebooks.text(each, view)
        shown = {
            tag: cell.source for cell in notebooks.notebook(each, view).cells for tag in cell.metadata.get("tags", ())
        }
        for cell in each.cells:
            if cell.exercise:
                compile(shown[cell.exercise], cell.exercise, "exec")
                assert (views.OPEN in shown[cell.exercise]) == (view != "solution"), cell.exercise
                first = views.answer(cell.source).splitlines()[0]
                assert (first in shown[cell.exercise]) == (view == "solution"), cell.exercise
