"""One Spark session for all tests, started by our own code, on the backend that is installed."""

import os
import shutil
import tempfile
from pathlib import Path

import pytest

from sparkeras import backends

os.environ.setdefault("KERAS_BACKEND", backends.choose())
# A training process per test compiles the same few models again and again: JAX may keep them for this run.
_compiled = tempfile.mkdtemp(prefix="sparkeras-tests-")
os.environ.setdefault("JAX_COMPILATION_CACHE_DIR", _compiled)
os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS", "0")
os.environ.setdefault("SPARK_CONF_DIR", str(Path(__file__).parent / "spark_conf"))


def pytest_unconfigure():
    shutil.rmtree(_compiled, ignore_errors=True)


@pytest.fixture(scope="session")
def spark():
    from sparkeras import session

    spark = session.get_or_start(master="local[2]", app_name="sparkeras tests")
    spark.conf.set("spark.sql.shuffle.partitions", "2")
    yield spark
    spark.stop()
