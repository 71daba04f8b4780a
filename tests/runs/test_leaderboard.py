"""Runs are ranked with those that had the same test rows; ties, gaps and damage are told, never hidden."""

import csv
import io
import json

import pytest

from sparkeras.errors import InvalidParamError, RunFolderError
from sparkeras.runs.leaderboard import find, rank
from tests.cli.test_commands import sparkeras

CLASSES = "class,precision,recall,f1,support\n0,1,0.9,0.9,6\n1,1,0.8,0.8,4\n"
AMOUNTS = (
    "figure,value\nmean_squared_error,4\nmean_absolute_error,{error}\nr2,0.5\n"
    "baseline_mean_squared_error,9\nbaseline_mean_absolute_error,3\n"
)


def make(folder, name, accuracy=0.9, loss=0.5, parameters=10, seconds=1.0, **more):
    """A run's folder as far as a leaderboard reads it."""
    data = {"name": "digits", "source": "embedded", "test_rows": 10, "task": "classification"}
    data |= {"test_fingerprint": "aa"} | more.pop("data", {})
    metrics = AMOUNTS.format(error=more.pop("error")) if data["task"] == "regression" else CLASSES
    summary = {
        "data": data,
        "model": {"name": f"model of {name}"},
        "parameters": parameters,
        "settings": {"seed": more.pop("seed", 0), "label": None},
        "versions": {},
        "seconds": {"Spark start": 99.0, "epochs": seconds},
        "figures": {"train": {}, "test": {"loss": loss, "accuracy": accuracy}},
    }
    path = folder / name
    path.mkdir(parents=True)
    (path / "summary.json").write_text(json.dumps(summary | more))
    (path / "metrics.csv").write_text(metrics)
    return path


def board(folder, **wanted):
    """{data and seed: [(rank, run)]} of the runs below a folder."""
    blocks, skipped = rank(find([folder])[0], **wanted)
    assert not skipped
    return {(block.data, block.seed): [(place.rank, place.run.name) for place in block.places] for block in blocks}


def test_the_most_accurate_run_is_first_and_equals_share_a_rank(tmp_path):
    make(tmp_path, "good", accuracy=0.9)
    make(tmp_path, "best", accuracy=0.95)
    make(tmp_path, "deep/below/surer", accuracy=0.9 + 1e-8, loss=0.1)  # float32 counts 0.9 so
    make(tmp_path, "poor", accuracy=0.1)
    assert board(tmp_path) == {("digits", 0): [(1, "best"), (2, "surer"), (2, "good"), (4, "poor")]}


def test_runs_are_ranked_by_what_is_asked_for(tmp_path):
    make(tmp_path, "slow", seconds=9, parameters=1)
    make(tmp_path, "large", seconds=1, parameters=9)
    assert board(tmp_path, by="seconds") == {("digits", 0): [(1, "large"), (2, "slow")]}
    assert board(tmp_path, by="parameters") == {("digits", 0): [(1, "slow"), (2, "large")]}
    with pytest.raises(InvalidParamError, match="'--by' must be one of accuracy, error, loss, .*; got 'beauty'"):
        rank([], by="beauty")


def test_a_run_without_the_figure_is_last_and_has_no_rank(tmp_path):
    make(tmp_path, "nan", loss=None)
    make(tmp_path, "poor", loss=7.0, accuracy=0.1)
    assert board(tmp_path, by="loss") == {("digits", 0): [(1, "poor"), (None, "nan")]}


def test_accuracy_that_keras_did_not_count_comes_from_the_rows(tmp_path):
    make(tmp_path, "it", figures={"train": {}, "test": {"loss": 0.5}})
    (block,), _ = rank(find([tmp_path])[0])
    assert block.places[0].accuracy == pytest.approx((0.9 * 6 + 0.8 * 4) / 10)
    assert block.baseline == pytest.approx(0.6)


def test_regressions_are_ranked_by_their_error_least_first(tmp_path):
    for name, error in (("far", 2.5), ("near", 0.5)):
        make(tmp_path, name, error=error, data={"name": "wine", "task": "regression"})
    assert board(tmp_path) == {("wine", 0): [(1, "near"), (2, "far")]}
    (block,), _ = rank(find([tmp_path])[0])
    assert (block.figure, block.places[0].error, block.places[0].accuracy, block.baseline) == ("error", 0.5, None, 3.0)


def test_other_test_rows_are_another_block(tmp_path):
    make(tmp_path, "a", seed=0)
    make(tmp_path, "b", seed=1, data={"test_fingerprint": "bb"})
    make(tmp_path, "c", seed=1, data={"test_fingerprint": "bb"})
    assert [(data, seed) for data, seed in board(tmp_path)] == [("digits", 1), ("digits", 0)]


def test_a_gan_is_not_ranked_with_classifiers_of_the_same_rows(tmp_path):
    make(tmp_path, "cnn", data={"num_classes": 10})
    make(tmp_path, "gan", data={"num_classes": 2, "class_names": ["made", "real"]}, accuracy=1.0)
    blocks, _ = rank(find([tmp_path])[0])
    assert [[place.run.name for place in block.places] for block in blocks] == [["cnn"], ["gan"]]
    assert blocks[1].classes == ("made", "real")


def test_seeds_that_had_the_same_test_rows_are_one_block(tmp_path):
    for seed in (0, 1, 2):
        make(tmp_path, f"mnist-{seed}", seed=seed, accuracy=0.9 + seed / 100)
    assert board(tmp_path) == {("digits", None): [(1, "mnist-2"), (2, "mnist-1"), (3, "mnist-0")]}


def test_older_runs_are_told_apart_by_their_seed_and_it_says_so(tmp_path):
    for seed in (0, 1):
        make(tmp_path, f"old-{seed}", seed=seed, data={"test_fingerprint": None})
    blocks, _ = rank(find([tmp_path])[0])
    assert [block.is_sure for block in blocks] == [False, False]


def test_ten_rows_tell_an_accuracy_badly(tmp_path):
    for accuracy, chance in ((0.5, 0.263), (1.0, 0.139)):  # scipy.stats: binomtest(...).proportion_ci(method="wilson")
        make(tmp_path / str(accuracy), "it", accuracy=accuracy)
        (block,), _ = rank(find([tmp_path / str(accuracy)])[0])
        assert block.chance == pytest.approx(chance, abs=0.001)


def test_a_gan_is_not_ranked(tmp_path):
    make(tmp_path, "gan", figures={"train": {}, "test": {"real_judged_real": 0.9}})
    blocks, skipped = rank(find([tmp_path])[0])
    assert blocks == []
    assert "makes images, and no figure here tells good ones from bad" in skipped[0]


def spoil(folder):
    """Five runs that cannot be ranked."""
    (make(folder, "cut") / "summary.json").write_text('{"data"')
    (make(folder, "markless") / "metrics.csv").unlink()
    make(folder, "odd", parameters="many")
    make(folder, "listed", figures=["test"])
    make(folder, "labelled", settings={"seed": 0, "label": ["a", "b"]})
    (folder / "stopped.partial").mkdir()
    (folder / "stopped.partial" / "progress.jsonl").write_text("{}")


def test_damaged_and_unfinished_runs_are_skipped_each_with_a_reason(tmp_path):
    spoil(tmp_path)
    make(tmp_path, "whole")
    runs, skipped = find([tmp_path])
    blocks, senseless = rank(runs)
    assert [place.run.name for block in blocks for place in block.places] == ["whole"]
    reasons = "\n".join(skipped + senseless)
    for words in ("cut/summary.json' is damaged", "markless' is damaged: it has no metrics.csv", "odd' is damaged",
                  "listed' is damaged", "labelled' is damaged", "stopped' was stopped before it finished"):  # fmt: skip
        assert words in reasons
    assert len(skipped + senseless) == 6


def test_a_run_itself_is_a_folder_of_runs_and_counts_once(tmp_path):
    path = make(tmp_path, "it")
    assert [run.path.name for run in find([path, tmp_path])[0]] == ["it"]
    with pytest.raises(RunFolderError, match="There is no folder 'nosuch'"):
        find(["nosuch"])


def test_the_command_shows_a_table_and_counts_what_it_skipped(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "120")
    make(tmp_path / "runs", "first", accuracy=0.9722)
    spoil(tmp_path / "runs")
    assert sparkeras("leaderboard") == 0
    said = capsys.readouterr()
    assert "digits: classification on the same 10 test rows, seed 0" in said.out
    assert "97.2 %" in said.out
    assert "runs/first" in said.out
    assert "Always saying the commonest class: 60.0 %." in said.out
    assert said.err == "6 runs were skipped; --verbose says which and why.\n"
    assert sparkeras("leaderboard", "--verbose") == 0
    assert len(capsys.readouterr().err.splitlines()) == 6


def test_programs_get_json_or_csv(tmp_path, capsys):
    make(tmp_path, "it", loss=None)
    assert sparkeras("leaderboard", tmp_path, "--json") == 0
    (block,) = json.loads(capsys.readouterr().out)
    assert (block["data"], block["places"][0]["accuracy"], block["places"][0]["loss"]) == ("digits", 0.9, None)
    assert sparkeras("leaderboard", tmp_path, "--csv") == 0
    (line,) = csv.DictReader(io.StringIO(capsys.readouterr().out))
    assert (line["rank"], line["accuracy"], line["loss"], line["seconds"]) == ("1", "0.9", "", "1.0")


WRONG = [
    (("nosuch",), 18, "There is no folder 'nosuch'"),
    (("empty",), 18, "There is no finished run in 'empty'. `sparkeras train` makes one."),
    (("runs", "--data", "mnist"), 18, "No run in 'runs' is on 'mnist'; there are runs on digits."),
    (("runs", "--by", "beauty"), 11, "'--by' must be one of accuracy"),
    (("runs", "--json", "--csv"), 11, "give one of them"),
]


@pytest.mark.parametrize(("arguments", "code", "words"), WRONG, ids=str)
def test_a_board_that_cannot_be_is_one_sentence(arguments, code, words, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    make(tmp_path / "runs", "it")
    assert sparkeras("leaderboard", *arguments) == code
    error = capsys.readouterr().err
    assert words in error
    assert error.count("\n") == 1
