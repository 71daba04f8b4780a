"""A session that we start on the machine's own Java: quiet from start to failure, and no trace of it in the folder."""

import os
import shutil
import subprocess
import sys
from types import SimpleNamespace

import pytest

from sparkeras import session
from sparkeras.errors import SetupError

CODE = """
import sys
from sparkeras import session
from sparkeras.errors import SetupError
spark = session.get_or_start("local[1]")
def fail(batches):
    raise ValueError("on purpose")
    yield
try:
    spark.range(1).mapInArrow(fail, "id long").collect()
except Exception as error:
    print("on purpose" in str(error))
spark.sql("CREATE TABLE kept USING parquet AS SELECT 1 AS one")
print(spark.table("kept").count(), spark.conf.get("spark.driver.memory"), spark.conf.get("spark.driver.host"))
spark.stop()
try:
    session.get_or_start("nonsense")
except SetupError as error:
    print(error)
"""


@pytest.mark.skipif(shutil.which("java") is None, reason="this machine has no Java of its own")
def test_start_failed_job_table_and_failed_start_print_nothing_and_leave_nothing(tmp_path):
    environment = {**os.environ, "SPARKERAS_DRIVER_MEMORY": "900m"}
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, env=environment, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    failed, settings, sentence = done.stdout.splitlines()
    assert (failed, settings) == ("True", "1 900m 127.0.0.1")
    assert "did not start with master 'nonsense'" in sentence
    assert "Could not parse Master URL" in sentence
    assert done.stderr == ""
    assert list(tmp_path.iterdir()) == []


def test_a_wrong_driver_memory_is_named(monkeypatch):
    from sparkeras.session import spark as starting

    monkeypatch.setenv("SPARKERAS_DRIVER_MEMORY", "much")
    with pytest.raises(SetupError, match="'much'; it must be a number and a unit, e.g. 4g"):
        starting._driver_memory()


@pytest.mark.parametrize(
    ("settings", "local", "cores"),
    [
        ({"spark.master": "local"}, True, 1),
        ({"spark.master": "local[3]"}, True, 3),
        ({"spark.master": "local[3,2]"}, True, 3),
        ({"spark.master": "local[*]"}, True, session.usable_cores()),
        ({"spark.master": "local-cluster[2,1,1024]"}, False, 1),
        ({"spark.master": "yarn", "spark.task.cpus": "4"}, False, 4),
        ({"spark.task.cpus": "4"}, False, 4),
        ({}, False, None),
    ],
)
def test_the_master_tells_what_one_task_may_use(settings, local, cores):
    spark = SimpleNamespace(conf=SimpleNamespace(get=settings.get))
    assert session.is_local(spark) is local
    assert session.task_cores(spark) == cores


def test_a_session_that_hides_its_settings_tells_nothing():
    def refuse(name, default):
        raise RuntimeError(f"{name} is not available")

    spark = SimpleNamespace(conf=SimpleNamespace(get=refuse))
    assert session.task_cores(spark) is None
    assert not session.is_local(spark)
