"""The Spark session: the caller's, or one that we start quietly on this machine.

Runs on: driver.
"""

from __future__ import annotations

import atexit
import functools
import os
import re
import shutil
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from sparkeras.errors import SetupError
from sparkeras.spark import internals
from sparkeras.spark.error_messages import reason
from sparkeras.spark.session.interpreter import use_this_python
from sparkeras.spark.session.java import find_java
from sparkeras.spark.session.jvm import launch
from sparkeras.spark.session.machine import memory, user_name
from sparkeras.spark.session.master import master_of

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

_LOCK = threading.Lock()
_GIBIBYTE = 2**30


def get_or_start(master: str | None = None, app_name: str = "sparkeras") -> SparkSession:
    """Return the caller's active SparkSession (classic or Connect), else start one.

    Parameters
    ----------
    master : str or None
        As for spark-submit, e.g. ``"local[4]"``; ``"sc://host"`` for Spark Connect. None: the active session
        whatever its master, else ``$SPARK_REMOTE``, else ``local[*]``.
    app_name : str
        Name of a session that is started.

    Raises
    ------
    SetupError
        If the active session has another master, if there is no Java, or if Spark does not start.
    """
    with _LOCK:
        spark = active()
        if spark is None:
            return _start(master, app_name)
        current = master_of(spark)
        if master and master != current and not (master.startswith("sc://") and is_connect(spark)):
            raise SetupError(
                f"A Spark session with master {current!r} is active, so none with {master!r} can start in this "
                "process. Stop it first (spark.stop()), or leave the master out to use it."
            )
        return spark


def active() -> SparkSession | None:
    """Return the SparkSession (classic or Connect) that is active in this process, or None."""
    from pyspark.errors import PySparkException
    from pyspark.sql import SparkSession

    # A Connect session can only exist where its module was loaded; loading it needs grpc.
    connect = sys.modules.get("pyspark.sql.connect.session")
    for kind in (SparkSession, connect and connect.SparkSession):
        try:
            if kind:
                return kind.active()
        except PySparkException:
            continue
    return None


def require_running(spark: SparkSession) -> None:
    """Raise SetupError for a classic session that was stopped; let the tasks of another run this Python."""
    if is_connect(spark):
        return
    if internals.is_stopped(spark.sparkContext):
        raise SetupError(
            "The Spark session of this DataFrame was stopped. Start a session and read the rows in it once more."
        )
    use_this_python(spark)


def require_user_name() -> None:
    """Raise SetupError for a user without a name, for whom Hadoop's login fails with a NullPointerException."""
    if user_name() is None:
        raise SetupError(
            f"The user id {os.getuid()} has no name on this machine, and Spark does not start for a user without one. "
            "Run as a user that /etc/passwd lists, or add a line for this one to it (in a container: useradd)."
        )


def _start(master: str | None, app_name: str) -> SparkSession:
    remote = os.environ.get("SPARK_REMOTE") if master is None else master
    if remote and remote.startswith("sc://"):
        return _connect(remote, app_name)
    # Under spark-submit the Java process runs already, with the master of its command line.
    submitted = "PYSPARK_GATEWAY_PORT" in os.environ
    if submitted and master is None:
        return _start_classic({"spark.app.name": app_name}, {}, app_name)
    master = master or "local[*]"
    return _start_classic(_settings(master, app_name), _variables(master), master)


def _start_classic(settings: dict[str, str], variables: dict[str, str], master: str) -> SparkSession:
    from py4j.protocol import Py4JError
    from pyspark import SparkConf, SparkContext
    from pyspark.errors import PySparkException
    from pyspark.sql import SparkSession

    conf = SparkConf(loadDefaults=False).setAll(list(settings.items()))
    # The Java process of an earlier session is used again: there can be one only.
    if internals.running_gateway() is None and "PYSPARK_GATEWAY_PORT" not in os.environ:
        require_user_name()
        variables = {**variables, "JAVA_HOME": str(find_java().home)}
    with _environment(variables):
        gateway = internals.running_gateway() or launch(conf)
        try:
            return SparkSession(SparkContext(conf=conf, gateway=gateway))
        except (Py4JError, PySparkException, ValueError) as error:
            raise SetupError(f"Spark did not start with master {master!r}: {reason(error)}.") from error


def _connect(url: str, app_name: str) -> SparkSession:
    from pyspark.errors import PySparkException
    from pyspark.sql import SparkSession

    try:
        return SparkSession.builder.remote(url).appName(app_name).getOrCreate()
    except ImportError as error:
        raise SetupError(
            f"Spark Connect ({url}) needs more packages: pip install 'pyspark[connect]'. {reason(error)}."
        ) from error
    except PySparkException as error:
        raise SetupError(f"No Spark Connect session at {url!r}: {reason(error)}.") from error


def _settings(master: str, app_name: str) -> dict[str, str]:
    """Return the settings of a session that we start, by Spark's own names."""
    log_settings = (Path(__file__).parent / "log4j2.properties").as_uri()  # a URI has no blanks to quote
    settings = {
        "spark.master": master,
        "spark.app.name": app_name,
        "spark.driver.memory": _driver_memory(),
        "spark.driver.defaultJavaOptions": f"-Dlog4j2.configurationFile={log_settings}",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.sql.execution.arrow.pyspark.enabled": "true",
        "spark.sql.execution.arrow.maxRecordsPerBatch": "4096",
    }
    if master.startswith("local"):
        # This machine's own address: its name need not resolve, and no port opens to the network.
        here = {"spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1"}
        settings.update(here, **{"spark.sql.warehouse.dir": warehouse()})
    return settings


def _variables(master: str) -> dict[str, str]:
    """Return the environment variables for the start of the session."""
    # Spark's start scripts call bash and dirname, wherever the caller's PATH leads.
    variables = {"PATH": os.pathsep.join(filter(None, [os.environ.get("PATH"), os.defpath]))}
    local = master.startswith("local")
    if local or "PYSPARK_PYTHON" not in os.environ:
        variables["PYSPARK_PYTHON"] = variables["PYSPARK_DRIVER_PYTHON"] = sys.executable
    if local:
        variables["SPARK_LOCAL_IP"] = "127.0.0.1"  # read before spark.driver.host, and a failing lookup ends there
    return variables


@contextmanager
def _environment(variables: dict[str, str]) -> Iterator[None]:
    """Set environment variables for the length of a block."""
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _driver_memory() -> str:
    """Return Spark's share of memory, e.g. ``"4096m"``: half of the free memory, 1 to 8 GiB, or the caller's choice."""
    chosen = os.environ.get("SPARKERAS_DRIVER_MEMORY")
    if chosen:
        if not re.fullmatch(r"[1-9]\d*[kmgt]b?", chosen, re.IGNORECASE):
            raise SetupError(f"SPARKERAS_DRIVER_MEMORY is {chosen!r}; it must be a number and a unit, e.g. 4g or 900m.")
        return chosen
    here = memory()
    free = here.total // 2 if here.free is None and here.total else here.free or 0
    return f"{min(max(free // 2, _GIBIBYTE), 8 * _GIBIBYTE) // 2**20}m"


@functools.cache
def warehouse() -> str:
    """Return a folder for ``saveAsTable``, as a URI; it ends with this process, and the caller's folder stays clean."""
    folder = tempfile.mkdtemp(prefix="sparkeras-warehouse-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Path(folder).as_uri()


def is_connect(spark: object) -> bool:
    """Tell whether a session is of Spark Connect, which has no context."""
    return type(spark).__module__.startswith("pyspark.sql.connect")
