"""One Spark session for all tests, started by our own code, on the backend that is installed."""

import os
import shutil
import tempfile
from pathlib import Path

import pytest

from sparkeras import backends
from tests.places import LOCAL, session_at

os.environ.setdefault("KERAS_BACKEND", backends.choose())
# A training process per test compiles the same few models again and again: JAX may keep them for this run.
_compiled = tempfile.mkdtemp(prefix="sparkeras-tests-")
os.environ.setdefault("JAX_COMPILATION_CACHE_DIR", _compiled)
os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS", "0")
# LLVM's optimizations take half of the time of tests that compile much and compute little; lessons and the README's
# lines run with them, as users do.
os.environ.setdefault("JAX_DISABLE_MOST_OPTIMIZATIONS", "1")
os.environ.setdefault("SPARK_CONF_DIR", str(Path(__file__).parent / "spark_conf"))


def pytest_unconfigure():
    shutil.rmtree(_compiled, ignore_errors=True)


def pytest_addoption(parser):
    words = "where Spark runs, see tests/places.py; several times for one place after the other"
    parser.addoption("--place", action="append", help=words)


def pytest_generate_tests(metafunc):
    places = metafunc.config.getoption("--place") or []
    if len(places) > 1 and "place" in metafunc.fixturenames:
        metafunc.parametrize("place", places, scope="session")


def pytest_collection_modifyitems(config, items):
    if any(place.startswith("connect:") for place in config.getoption("--place") or []):
        skipped = pytest.mark.skip(
            reason="asks for what Spark Connect does not show: the context, files, live progress"
        )
        for item in items:
            if item.get_closest_marker("classic"):
                item.add_marker(skipped)


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
