"""One Spark session for all tests of a process, on the backend that is installed; nothing foreign reached or left."""

import collections
import os

import pytest

from tests.guards import left_behind, needs, run_folder

run_folder.begin()  # before anything of ours or of the libraries looks for a home

from sparkeras.engine import backends  # noqa: E402
from sparkeras.spark import session  # noqa: E402
from tests.places import LOCAL, end_java, session_at  # noqa: E402

os.environ.setdefault("KERAS_BACKEND", backends.choose())
os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS", "0")
# LLVM's optimizations take half of the time of tests that compile much and compute little; lessons and the README's
# lines run with them, as users do.
os.environ.setdefault("JAX_DISABLE_MOST_OPTIMIZATIONS", "1")

# Threads that wait by spinning cost dear where several processes share the cores; training processes get the threads
# that Spark granted.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
os.environ.setdefault("NPROC", "1")

MOST_PROCESSES = 4
BYTES_PER_PROCESS = 3 * 2**30  # a Java process, training processes and their libraries


def pytest_addoption(parser):
    words = "where Spark runs, see tests/places.py; several times for one place after the other"
    parser.addoption("--place", action="append", help=words)


def pytest_xdist_auto_num_workers(config):
    """Return the processes that "-n auto" means: none beside this one for one file or one place."""
    one_file = len(config.args) == 1 and ".py" in config.args[0]
    if config.getoption("--place") or one_file:
        return 0
    total = session.memory().total or BYTES_PER_PROCESS * MOST_PROCESSES
    count = min(session.usable_cores(), MOST_PROCESSES, total // BYTES_PER_PROCESS)
    return count if count > 1 else 0


def pytest_generate_tests(metafunc):
    places = metafunc.config.getoption("--place") or []
    if len(places) > 1 and "place" in metafunc.fixturenames:
        metafunc.parametrize("place", places, scope="session")


def pytest_collection_modifyitems(config, items):
    """Skip tests for what this machine or place lacks, each for one of few reasons."""
    if any(place.startswith("connect:") for place in config.getoption("--place") or []):
        skipped = pytest.mark.skip(
            reason="asks for what Spark Connect does not show: the context, files, live progress"
        )
        for item in items:
            if item.get_closest_marker("classic"):
                item.add_marker(skipped)
    needs.mark(items)


def pytest_sessionstart(session):
    session.config.files_before = left_behind.files(session.config.rootpath, run_folder.path() / "tmp")
    session.config.ports_before = left_behind.ports()
    session.config.left_behind = []


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node):
    node.config.left_behind += getattr(node, "workeroutput", {}).get("left_behind", [])


@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_sessionfinish(session):
    """Fail a run that leaves something behind; pytest-xdist's processes have ended by then."""
    result = yield
    config = session.config
    config.left_behind += [f"port {port}, still listening" for port in left_behind.ports() - config.ports_before]
    if hasattr(config, "workerinput"):
        config.workeroutput["left_behind"] = config.left_behind
        return result
    end_java()
    config.left_behind += [f"process {each}" for each in left_behind.processes()]
    after = left_behind.files(config.rootpath, run_folder.path() / "tmp")
    config.left_behind += [str(path) for path in left_behind.outermost(after - config.files_before)]
    if config.left_behind:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
    return result


def pytest_terminal_summary(terminalreporter, exitstatus, config):
    if hasattr(config, "workerinput"):
        return
    reasons = collections.Counter(report.longrepr[2] for report in terminalreporter.stats.get("skipped", ()))
    for reason, count in reasons.most_common():
        terminalreporter.line(f"{count} skipped: {reason.removeprefix('Skipped: ')}")
    if config.left_behind:
        terminalreporter.section("The tests have left behind")
        for each in config.left_behind:
            terminalreporter.line(each)
    if exitstatus == pytest.ExitCode.OK and not config.left_behind:
        run_folder.remove()
    else:
        terminalreporter.line(f"Files of this run: {run_folder.path()}")


@pytest.fixture(autouse=True)
def only_this_machine():
    """Fail a test that tried to reach another machine, from this process or from one that it started."""
    yield
    found = run_folder.refused()
    assert not found, "tried to reach another machine: " + "; ".join(found)


@pytest.fixture(scope="session")
def place(request):
    return (request.config.getoption("--place") or [LOCAL])[0]


@pytest.fixture(scope="session")
def spools(tmp_path_factory):
    return tmp_path_factory.mktemp("spools")


@pytest.fixture(scope="session")
def spark(place, spools):
    with session_at(place, spools) as spark:
        yield spark
