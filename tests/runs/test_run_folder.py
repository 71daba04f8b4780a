"""A run's folder: whole or absent, never half; read back with clear words."""

import json
import subprocess
import sys

import numpy as np
import pytest

from sparkeras.errors import RunFolderError
from sparkeras.runs.run_folder import Run, RunFolder, json_ready

SUMMARY = {key: {} for key in ("data", "model", "settings", "versions", "seconds", "figures")} | {"parameters": 0}


def write_run(path, mark=0, **options):
    with RunFolder.start(path, **options) as folder:
        folder.file("summary.json").write_text(json.dumps(SUMMARY | {"parameters": mark}))


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_run_appears_only_when_it_is_finished(tmp_path):
    folder = RunFolder.start(tmp_path / "runs" / "first")
    assert names(tmp_path / "runs") == ["first.partial"]
    folder.finish()
    assert names(tmp_path / "runs") == ["first"]


def test_progress_can_be_read_while_the_run_is_written(tmp_path):
    folder = RunFolder.start(tmp_path / "first")
    folder.progress({"epoch": 1, "loss": np.float32("nan")})
    first, second = map(json.loads, folder.file("progress.jsonl").read_text().splitlines())
    assert first["state"] == "running"
    assert first["started"].startswith("20")
    assert second == {"epoch": 1, "loss": None}
    folder.abandon()


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_an_exception_leaves_nothing_behind(tmp_path, error):
    with pytest.raises(error), RunFolder.start(tmp_path / "first"):
        raise error
    assert names(tmp_path) == []


def test_an_existing_folder_is_an_error_with_both_ways_out(tmp_path):
    write_run(tmp_path / "first")
    with pytest.raises(RunFolderError, match="choose another --out or add --overwrite"):
        RunFolder.start(tmp_path / "first")
    assert names(tmp_path) == ["first"]


def test_overwrite_replaces_the_old_run_at_the_end(tmp_path):
    write_run(tmp_path / "first", mark=1)
    folder = RunFolder.start(tmp_path / "first", overwrite=True)
    folder.file("summary.json").write_text(json.dumps(SUMMARY | {"parameters": 2}))
    assert Run.open(tmp_path / "first").summary["parameters"] == 1
    folder.finish()
    assert Run.open(tmp_path / "first").summary["parameters"] == 2
    assert names(tmp_path) == ["first"]


def test_a_failed_new_run_does_not_cost_the_old_one(tmp_path):
    write_run(tmp_path / "first", mark=1)
    with pytest.raises(ValueError, match="boom"), RunFolder.start(tmp_path / "first", overwrite=True):
        raise ValueError("boom")
    assert Run.open(tmp_path / "first").summary["parameters"] == 1


def test_overwrite_never_replaces_a_folder_that_is_no_run(tmp_path):
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(RunFolderError, match="is not a run, so --overwrite will not replace it"):
        RunFolder.start(tmp_path, overwrite=True)
    assert (tmp_path / "thesis.txt").exists()


def test_two_runs_do_not_write_one_folder(tmp_path):
    with RunFolder.start(tmp_path / "first"):
        with pytest.raises(RunFolderError, match=r"is being written to .* right now"):
            RunFolder.start(tmp_path / "first")
        assert names(tmp_path) == ["first.partial"]


def test_what_a_killed_process_left_is_replaced(tmp_path):
    path = tmp_path / "first"
    code = (
        f"import os; from sparkeras.runs.run_folder import RunFolder; f = RunFolder.start({str(path)!r}); os._exit(1)"
    )
    subprocess.run([sys.executable, "-c", code], check=False)
    assert names(tmp_path) == ["first.partial"]
    with pytest.raises(RunFolderError, match="was stopped before it finished"):
        Run.open(path)
    write_run(path)
    assert names(tmp_path) == ["first"]


def test_a_folder_that_cannot_be_made_says_why(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(RunFolderError, match=r"cannot be made: .* Choose another --out"):
        RunFolder.start(tmp_path / "file" / "run")


def test_a_run_whose_place_was_taken_meanwhile_is_kept(tmp_path):
    folder = RunFolder.start(tmp_path / "first")
    (tmp_path / "first").mkdir()
    (tmp_path / "first" / "other").touch()
    with pytest.raises(RunFolderError, match="is complete but could not be moved"):
        folder.finish()
    assert names(tmp_path) == ["first", "first.partial"]


@pytest.mark.parametrize(
    ("content", "words"),
    [(None, "is not a run: it has no summary.json"), ("{", "is damaged"), ("{}", "lacks data, model"), ("3", "lacks")],
)
def test_a_folder_that_is_no_run_says_what_is_wrong(tmp_path, content, words):
    if content is not None:
        (tmp_path / "summary.json").write_text(content)
    with pytest.raises(RunFolderError, match=words):
        Run.open(tmp_path)


def test_a_run_that_is_missing_and_one_still_running_differ(tmp_path):
    with pytest.raises(RunFolderError, match="There is no run at"):
        Run.open(tmp_path / "first")
    with RunFolder.start(tmp_path / "first"), pytest.raises(RunFolderError, match="is still running"):
        Run.open(tmp_path / "first")


def test_tables_come_back_as_numbers_and_class_names_as_text(tmp_path):
    write_run(tmp_path / "first")
    (tmp_path / "first" / "metrics.csv").write_text("class,precision\n3,\n4,0.5\n")
    assert Run.open(tmp_path / "first").metrics == [
        {"class": "3", "precision": None},
        {"class": "4", "precision": 0.5},
    ]


def test_a_missing_file_of_a_run_is_named(tmp_path):
    write_run(tmp_path / "first")
    with pytest.raises(RunFolderError, match=r"it has no model.keras"):
        _ = Run.open(tmp_path / "first").model_path


def test_json_holds_arrays_and_no_nan():
    value = {"a": np.arange(2), 3: (np.float32(0.5), float("inf")), "type": int, "flag": True}
    assert json_ready(value) == {"a": [0, 1], "3": [0.5, None], "type": "<class 'int'>", "flag": True}
