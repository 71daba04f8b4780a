"""The files of callbacks: what is handed in, and what of it comes back."""

import os
from pathlib import Path

import pytest

from sparkeras.engine.params import Settings
from sparkeras.engine.spark_job import files
from sparkeras.engine.spark_job.job import Job


@pytest.fixture
def handed_in(tmp_path):
    """The bytes of two folders with a file each, one beside the current folder."""
    for name in ("logs/a.csv", "home/backup/b"):
        (tmp_path / "caller" / name).parent.mkdir(parents=True)
        (tmp_path / "caller" / name).write_text(name)
    names = ("logs/", "logs/a.csv", "home/backup/", "home/backup/b")
    return files.pack({name: tmp_path / "caller" / name for name in names})


@pytest.fixture
def inside(tmp_path, handed_in, monkeypatch):
    """The folder of a training process."""
    monkeypatch.chdir(tmp_path)
    job = Job("fit", b"", Settings(), [], {}, "jax", files=handed_in, folder=("home",))
    files.enter(tmp_path / "process", job)
    return tmp_path / "process"


def test_the_process_finds_what_its_caller_has(inside):
    assert Path("backup/b").read_text() == "home/backup/b"
    assert Path("../logs/a.csv").read_text() == "logs/a.csv"
    assert os.getcwd() == str(inside / "home")


def test_nothing_comes_back_where_nothing_has_changed(inside, handed_in):
    (inside / "empty").mkdir()
    assert files.changed(inside, handed_in) == b""
    assert files.changed(inside / "empty", b"") == b""


def test_changed_new_and_removed_files_come_back(inside, handed_in, tmp_path):
    (inside / "logs" / "a.csv").write_text("logs/a.CSV")  # of the same size
    (inside / "home" / "new").mkdir()
    (inside / "home" / "new" / "c").write_text("new")
    (inside / "home" / "backup" / "b").unlink()
    (inside / "home" / "backup").rmdir()
    (tmp_path / "caller" / "home" / "mine").write_text("stays")
    files.put_back(files.changed(inside, handed_in), tmp_path / "caller")
    found = {str(path.relative_to(tmp_path / "caller")) for path in (tmp_path / "caller").rglob("*")}
    assert found == {"logs", "logs/a.csv", "home", "home/mine", "home/new", "home/new/c"}
    assert (tmp_path / "caller" / "logs" / "a.csv").read_text() == "logs/a.CSV"


def test_a_folder_that_is_no_longer_empty_is_not_removed(inside, handed_in, tmp_path):
    (inside / "home" / "backup" / "b").unlink()
    (inside / "home" / "backup").rmdir()
    (tmp_path / "caller" / "home" / "backup" / "other").write_text("stays")
    files.put_back(files.changed(inside, handed_in), tmp_path / "caller")
    assert os.listdir(tmp_path / "caller" / "home" / "backup") == ["other"]


def test_a_checkpoint_is_all_that_lies_there(inside, tmp_path):
    kept = files.everything(inside)
    (inside / "logs" / "later").write_text("of an epoch that is trained again")
    (inside / "home" / "backup" / "b").write_text("later too")
    files.replace(inside, kept)
    assert os.listdir(inside / "logs") == ["a.csv"]
    assert Path("backup/b").read_text() == "home/backup/b"


def test_some_files_go_elsewhere(inside, handed_in, tmp_path):
    (inside / "logs" / "a.csv").unlink()
    (inside / "logs" / "b.csv").write_text("new")
    taken = {}
    moved = lambda name, content: name.startswith("logs/") and taken.update({name: content}) is None  # noqa: E731
    files.put_back(files.changed(inside, handed_in), tmp_path / "caller", moved)
    assert taken == {"logs/b.csv": b"new", "logs/a.csv": None}
    assert (tmp_path / "caller" / "logs" / "a.csv").exists()
