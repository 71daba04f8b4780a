"""One Spark session for all tests, started by our own code, on the backend that is installed."""

import os

import pytest

from sparkeras import backends

os.environ.setdefault("KERAS_BACKEND", backends.choose())


@pytest.fixture(scope="session")
def spark():
    from sparkeras import session

    spark = session.get_or_start(master="local[2]", app_name="sparkeras tests")
    spark.conf.set("spark.sql.shuffle.partitions", "2")
    yield spark
    spark.stop()
