"""What a person sees while a training runs."""

import io

from rich.console import Console

from sparkeras.engine.progress_bar import ProgressBar


def drawn(*events, epochs=4):
    """Return a bar after some events, and what it printed above itself."""
    console = Console(file=io.StringIO(), width=120)
    with ProgressBar(epochs, console) as bar:
        for event in events:
            bar(event)
        return bar.progress.tasks[0], console.file.getvalue()


START = {"event": "start", "steps": 10, "rows": 1000, "validation_rows": 0, "epochs": 4}


def test_the_bar_counts_the_steps_of_all_epochs_so_that_the_time_left_is_that_of_the_training():
    task, _ = drawn(START, {"event": "step", "epoch": 2, "step": 5})
    assert (task.completed, task.total) == (15, 40)
    assert (task.description, task.fields["step"]) == ("epoch 2/4", "step 5/10")


def test_a_resumed_training_has_fewer_steps_to_go():
    task, _ = drawn({**START, "begin": 2}, {"event": "step", "epoch": 3, "step": 5})
    assert (task.completed, task.total) == (5, 20)


def test_epochs_retries_and_silence_are_lines():
    _, said = drawn(
        START,
        {"event": "epoch", "epoch": 1, "seconds": 0.5, "logs": {"loss": 0.25}},
        {"event": "retry", "retry": 1, "retries": 2, "failure": "Rank 1 was killed.\nmore"},
        {"event": "silent", "message": "Through Spark Connect, epochs and their figures show at the end."},
    )
    assert said.splitlines()[:3] == [
        "epoch 1/4  0.50 s  2,000 rows/s  loss 0.2500",
        "retry 1 of 2: Rank 1 was killed.",
        "Through Spark Connect, epochs and their figures show at the end.",
    ]
