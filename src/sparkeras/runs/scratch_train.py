"""``sparkeras train --engine scratch``: the readable network on a data set by name, at settings that suit it.

Runs on: driver.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from pathlib import Path

from rich.console import Console

from sparkeras import datasets
from sparkeras.errors import InvalidParamError
from sparkeras.runs.report import show_run
from sparkeras.runs.run_folder import Run, RunFolder
from sparkeras.runs.scratch_run import ScratchRun
from sparkeras.runs.scratch_settings import ScratchSettings

# Few rows need small batches, or an epoch has too few steps to learn.
MANY_ROWS, LARGE_BATCH, SMALL_BATCH = 10_000, 128, 16


def require_unused(options: Mapping[str, bool]) -> None:
    """Raise InvalidParamError for an option that this engine lacks; ``options`` tells which were used."""
    for option in (name for name, is_used in options.items() if is_used):
        raise InvalidParamError(f"'{option}' is not for --engine scratch; see 'sparkeras scratch --help'.")


def train(
    data: str,
    label: str | None,
    epochs: int,
    size: int | None,
    seed: int,
    out: Path,
    overwrite: bool,
    master: str | None,
) -> None:
    """Train on a data set by name or path, and write the run's folder."""
    console = Console()
    # Numbers that are out of range are refused before anything is read.
    settings(epochs, size or SMALL_BATCH, seed)
    with RunFolder.start(out, overwrite) as folder:
        arrays = datasets.load_arrays(data, label=label, seed=seed)
        chosen = settings(epochs, size or batch_size(len(arrays.x_train)), seed)
        run = ScratchRun(lambda _: arrays, chosen, folder, console, master, scaled=True)
        run.train()
        options = ["--data", data, "--epochs", epochs, "--batch-size", chosen.batch_size, "--seed", seed]
        options += ["--label", label] if label else []
        run.write(data=data, label=label, command="sparkeras train --engine scratch " + shlex.join(map(str, options)))
    show_run(Run.open(out), console)


def batch_size(rows: int) -> int:
    """Return the rows of a step that suit so many rows."""
    return LARGE_BATCH if rows >= MANY_ROWS else SMALL_BATCH


def settings(epochs: int, batch_size: int, seed: int) -> ScratchSettings:
    """Return the settings that reach 97.5 % on MNIST and 97 % on the digits within a minute (benchmarks/results).

    Averaging: an epoch is one Spark job. With one update per job, small batches would wait for Spark most of the time.
    """
    return ScratchSettings(
        hidden="128",
        activation="relu",
        output="softmax",
        loss="categorical_crossentropy",
        optimizer="adam",
        rate=0.002,
        start="he",
        epochs=epochs,
        fraction=1.0,
        way="average",
        batch_size=batch_size,
        seed=seed,
    )
