"""The guards of the test run: what tries to leave this machine is refused and named, and so is what stays behind."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.guards import left_behind
from tests.guards.every_python import no_network

ROOT = Path(__file__).parents[2]
TESTS = """
import contextlib, pathlib, socket, subprocess, sys

HERE = pathlib.Path(__file__).parent
KEPT = []


def test_connects():
    with contextlib.suppress(OSError):  # as code does that takes a failed download for granted
        socket.create_connection(("192.0.2.1", 80), 1)


def test_looks_a_name_up():
    with contextlib.suppress(OSError):
        socket.getaddrinfo("data.example.org", 443)


def test_has_a_child_that_connects():
    code = "import urllib.request; urllib.request.urlopen('http://192.0.2.7/')"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True).returncode


def test_stays_on_this_machine():
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()):
        pass


def test_leaves_something():
    KEPT.append(socket.create_server(("127.0.0.1", 0)))
    subprocess.Popen(["sleep", "90"], start_new_session=True)
    (HERE / "result.txt").touch()
"""


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """What a run of its own prints of the tests above, guarded as all tests are."""
    folder = tmp_path_factory.mktemp("guarded")
    (folder / "test_some.py").write_text(TESTS)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ["PYTHONPATH"]])}
    environment["TMPDIR"] = str(tmp_path_factory.mktemp("tmp"))  # a run that failed keeps its files
    for name in (left_behind.RUN, no_network.RECORD, "PYTEST_ADDOPTS", "PYTEST_XDIST_WORKER"):
        environment.pop(name, None)
    command = [sys.executable, "-m", "pytest", "-p", "tests.conftest", "--rootdir", str(folder), "-c", os.devnull]
    command += ["-p", "no:cacheprovider", "-q", str(folder)]
    ended = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    assert ended.returncode == 1, ended.stdout + ended.stderr
    return ended.stdout + ended.stderr


@pytest.mark.parametrize(
    ("test", "address"),
    [
        ("test_connects", "192.0.2.1:80"),
        ("test_looks_a_name_up", "data.example.org"),
        ("test_has_a_child_that_connects", "192.0.2.7:80"),
    ],
)
@pytest.mark.thorough
def test_a_connection_to_another_machine_fails_the_test_that_tried(run, test, address):
    assert f"tried to reach another machine: test_some.py::{test} (call): {address}\n" in run


def test_this_machine_may_be_reached(run):
    assert "::test_stays_on_this_machine (" not in run
    assert "3 errors" in run
    assert "5 passed" in run


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="needs /proc, which Linux has")
def test_what_stays_behind_is_named(run):
    listed = run.partition("The tests have left behind")[2]
    assert "still listening" in listed
    assert "sleep 90" in listed
    assert "result.txt" in listed
