"""A training by name from Python: the run that it leaves, its events, and the same in a process of its own."""

import json
import os
import signal
import threading

import pytest

from sparkeras.errors import InvalidParamError, RunFolderError
from sparkeras.runs import TrainingRun
from sparkeras.runs.training_process import TrainingProcess

OURS = ("session", "plan", "epoch", "trained", "tested", "finished")


@pytest.mark.classic
def test_a_training_by_name_leaves_a_run_and_sends_its_events(spark, tmp_path):
    events = []
    training = TrainingRun("digits", "linear", tmp_path / "run", epochs=2, on_event=events.append)
    run = training.run()
    assert run.path == tmp_path / "run"
    assert run.summary["settings"]["epochs"] == 2
    assert run.summary["settings"]["batch_size"] == 32  # few rows
    assert training.model.count_params() == run.summary["parameters"] == 650
    kinds = [event["event"] for event in events if event["event"] in OURS]
    assert kinds == ["plan", "epoch", "epoch", "trained", "tested", "finished"]
    plan, finished = events[0], events[-1]
    assert (plan["data"], plan["model"], plan["epochs"], plan["rows"]) == ("digits", "linear", 2, 1437)
    assert finished["figures"]["test"]["accuracy"] == run.summary["figures"]["test"]["accuracy"] > 0.3
    written = [json.loads(line) for line in (run.path / "progress.jsonl").read_text().splitlines()]
    assert [event["event"] for event in written if event.get("event") in OURS] == kinds[:-1]


def test_a_training_that_makes_no_sense_is_refused_before_it_starts(tmp_path):
    with pytest.raises(InvalidParamError, match="Unknown setting 'epoch'; there are: epochs"):
        TrainingRun("digits", "mlp", tmp_path / "run", epoch=2)
    (tmp_path / "run").mkdir()
    with pytest.raises(RunFolderError, match="exists already: choose another folder"):
        TrainingRun("digits", "mlp", tmp_path / "run").run()


def started(folder, until, **arguments):
    """Start a training process; return it, its events, and what is set when an event of the kind ``until`` comes."""
    events, there = [], threading.Event()

    def take(event):
        events.append(event)
        if event["event"] == until:
            there.set()

    return TrainingProcess(take, data="digits", out=str(folder), master="local[1]", **arguments), events, there


def test_a_process_of_its_own_trains_and_tells(tmp_path):
    training, events, _ = started(tmp_path / "run", "finished", model="linear", epochs=2)
    assert training.state == "running"
    assert training.wait(200) == "finished", events
    kinds = [event["event"] for event in events if event["event"] in OURS]
    assert kinds == ["session", "plan", "epoch", "epoch", "trained", "tested", "finished"]
    assert events[-1]["run"] == str(tmp_path / "run")
    assert (tmp_path / "run" / "model.keras").is_file()
    training.stop()  # of a training that has ended
    assert training.state == "finished"


def test_a_process_that_fails_says_why_in_a_sentence(tmp_path):
    training, events, _ = started(tmp_path / "run", "failed", model="nosuch")
    assert training.wait(100) == "failed"
    assert [event["event"] for event in events] == ["failed"]
    assert events[0]["error"] == "InvalidModelError"
    assert events[0]["message"].startswith("Unknown model 'nosuch'; expected one of linear, ")


def test_a_process_that_is_stopped_leaves_nothing(tmp_path):
    training, events, there = started(tmp_path / "run", "epoch", model="linear", epochs=100_000)
    assert there.wait(200), events
    training.stop()
    assert training.wait(60) == "stopped"
    assert events[-1]["event"] == "epoch"
    assert list(tmp_path.iterdir()) == []


def test_a_process_that_dies_has_failed(tmp_path):
    training, events, _ = started(tmp_path / "run", "failed", model="linear")
    os.kill(training.process.pid, signal.SIGKILL)
    assert training.wait(60) == "failed"
    assert events == [
        {
            "event": "failed",
            "error": "",
            "message": "The process of the training ended by SIGKILL. It printed last: nothing",
        }
    ]
