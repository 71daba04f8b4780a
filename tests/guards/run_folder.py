"""One folder for everything that a run of the tests writes: home, temporary files, compiled programs.

The process that the user started makes it; processes of pytest-xdist and all children find it by their environment.
"""

import os
import shutil
import tempfile
from pathlib import Path

from tests.guards import left_behind
from tests.guards.every_python import no_network

_HERE = Path(__file__).parent
# A user's own settings and caches must not decide whether a test passes, nor be written to.
_OF_THE_USER = ("SPARKERAS_CACHE", "KERAS_HOME", "MPLCONFIGDIR", "IPYTHONDIR")
_OF_THE_USER_PREFIXES = ("XDG_", "JUPYTER_")


def begin():
    """Make the folder, unless this process is one of pytest-xdist's, and point the environment at it."""
    if left_behind.RUN not in os.environ:
        _make(Path(tempfile.mkdtemp(prefix="sparkeras-tests-")))
    record = path() / f"refused-{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
    record.touch()
    os.environ[no_network.RECORD] = str(record)
    no_network.watch()


def path():
    """Return the folder."""
    return Path(os.environ[left_behind.RUN])


def refused():
    """Return the connections to other machines that were refused since the last call, a line each."""
    record = Path(os.environ[no_network.RECORD])
    lines = record.read_text(encoding="utf-8").splitlines()
    if lines:
        record.write_text("")
    return lines


def remove():
    """Remove the folder with everything in it."""
    shutil.rmtree(path(), ignore_errors=True)


def _make(folder):
    for name in ("home", "tmp", "spark_conf"):
        (folder / name).mkdir()
    _write_spark_settings(folder)
    for name in [*_OF_THE_USER, *(each for each in os.environ if each.startswith(_OF_THE_USER_PREFIXES))]:
        os.environ.pop(name, None)
    os.environ |= {
        left_behind.RUN: str(folder),
        "HOME": str(folder / "home"),
        "TMPDIR": str(folder / "tmp"),
        "PYTHONPATH": os.pathsep.join(filter(None, [str(_HERE / "every_python"), os.environ.get("PYTHONPATH")])),
    }
    os.environ["HYPOTHESIS_STORAGE_DIRECTORY"] = str(folder / "hypothesis")
    os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"  # it would look for its maker's machine
    os.environ.setdefault("SPARK_CONF_DIR", str(folder / "spark_conf"))
    # All tests compile the same few models again and again: JAX may keep the programs for this run.
    os.environ.setdefault("JAX_COMPILATION_CACHE_DIR", str(folder / "compiled"))
    tempfile.tempdir = None  # it is looked up anew


def _write_spark_settings(folder):
    """Write Spark's settings for the tests; Java takes its temporary folder from no environment variable."""
    settings = (_HERE.parent / "spark_conf" / "spark-defaults.conf").read_text()
    settings = settings.replace("extraJavaOptions ", f"extraJavaOptions -Djava.io.tmpdir={folder / 'tmp'} ")
    (folder / "spark_conf" / "spark-defaults.conf").write_text(settings)
