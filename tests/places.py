"""Where the tests of several workers run: local, separate executors, Spark Connect on both, a standalone cluster."""

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse
from pathlib import Path

import pyspark

from tests.guards import left_behind

LOCAL = "local[2]"
_SERVER_DISK = "spark.sql.artifact.copyFromLocalToFs.allowDestLocal"


@contextlib.contextmanager
def session_at(place, spools):
    """Yield a Spark session at a place: a Spark master, ``connect:MASTER``, or ``standalone``.

    Parameters
    ----------
    place : str
    spools : path
        Spark's local folder, where rows are spooled.
    """
    os.environ["SPARK_LOCAL_DIRS"] = str(spools)
    with contextlib.ExitStack() as stack:
        spark = _started(place, stack)
        spark.conf.set("spark.sql.shuffle.partitions", "2")
        yield spark
        spark.stop()


def _started(place, stack):
    from pyspark.sql import SparkSession

    from sparkeras.spark import session

    if place.startswith("connect:"):
        os.environ["PYSPARK_PYTHON"] = sys.executable
        # Stages are saved to the server's disk, which is this machine's; see sparkeras.spark.folders.
        os.environ["PYSPARK_SUBMIT_ARGS"] = f"--conf {_SERVER_DISK}=true pyspark-shell"
        return SparkSession.builder.remote(place.removeprefix("connect:")).getOrCreate()
    if place == "standalone":
        place = stack.enter_context(standalone_cluster())
    return session.get_or_start(master=place, app_name="sparkeras tests")


def end_java():
    """End the Java process that a session of this process has left, and its tables; both go with this process else."""
    from pyspark import SparkContext

    from sparkeras.spark.session import spark as starting

    gateway = SparkContext._gateway
    if gateway is not None and hasattr(gateway, "proc"):
        gateway.shutdown()
        gateway.proc.stdin.close()
        gateway.proc.wait(20)
    if starting.warehouse.cache_info().currsize:
        shutil.rmtree(urllib.parse.urlparse(starting.warehouse()).path, ignore_errors=True)


@contextlib.contextmanager
def standalone_cluster(workers=2, cores=2, environments=()):
    """Start one master and several workers by pyspark's own script; yield the master's address.

    Parameters
    ----------
    workers, cores : int
        Cores of each worker.
    environments : list of dict
        Further environment variables of each worker.
    """
    from sparkeras.spark import session

    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    master = f"spark://127.0.0.1:{port}"
    environment = {**os.environ, "JAVA_HOME": str(session.find_java().home), "SPARK_LOCAL_IP": "127.0.0.1"}
    environment["PYSPARK_PYTHON"] = sys.executable
    environment["SPARK_DAEMON_JAVA_OPTS"] = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"  # see spark_conf/
    shared = ["--host", "127.0.0.1", "--webui-port", "0"]
    commands = [(["master.Master", "--port", str(port), *shared], {})]
    for number in range(workers):
        more = environments[number] if number < len(environments) else {}
        commands.append((["worker.Worker", "--cores", str(cores), "--memory", "2g", *shared, master], more))
    with contextlib.ExitStack() as running:
        for (name, *arguments), more in commands:
            running.enter_context(_java(f"org.apache.spark.deploy.{name}", arguments, {**environment, **more}))
            _wait_for(port)
        yield master


@contextlib.contextmanager
def _java(name, arguments, environment):
    script = Path(pyspark.__file__).parent / "bin" / "spark-class"
    with (
        tempfile.TemporaryDirectory(prefix="sparkeras-work-", ignore_cleanup_errors=True) as work,
        subprocess.Popen(
            [str(script), name, *arguments],
            env={**environment, "SPARK_WORKER_DIR": work},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ) as process,
    ):
        try:
            yield
        finally:
            process.terminate()


def _wait_for(port):
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.2)
    raise TimeoutError(f"Nothing listens on port {port}.")


# Spark's Python workers have these of the pytest process that started their Java.
_OF_THIS_PROCESS = (left_behind.RUN, "PYTEST_XDIST_WORKER")


def descendants(words):
    """Return the ids of processes below this one whose command line holds ``words``, youngest parent first."""
    parents, found = {}, []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parents[int(folder.name)] = int((folder / "stat").read_text().rsplit(")", 1)[1].split()[1])
            if words.encode() in (folder / "cmdline").read_bytes():
                found.append(int(folder.name))
        except OSError:
            continue
    return [each for each in found if os.getpid() in _ancestors(each, parents)]


def _ancestors(process, parents):
    found = []
    while process > 1:
        process = parents.get(process, 0)
        found.append(process)
    return found


def training_processes(below=None):
    """Return the ids of training processes of this pytest process, forked or not; of those that work ``below`` a path.

    A fork has the command line of its template, and the environment that Spark's Java had from here.
    """
    ours = {f"{name}={os.environ[name]}".encode() for name in _OF_THIS_PROCESS if name in os.environ}
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            command, where = (folder / "cmdline").read_bytes(), Path(os.readlink(folder / "cwd"))
            trains = b"sparkeras.engine.process" in command and not where.name.startswith("sparkeras-template")
            if trains and (where.is_relative_to(below) if below else ours <= _environment(folder)):
                found.append(int(folder.name))
        except OSError:
            continue
    return found


def job_folders(spools):
    """Return the folders of training processes below Spark's local folder; those of templates stay."""
    return [each for each in spools.rglob("sparkeras-*") if not each.name.startswith("sparkeras-template")]


def _environment(folder):
    return set((folder / "environ").read_bytes().split(b"\0"))
