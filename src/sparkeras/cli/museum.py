"""``sparkeras museum``: the effect of four common mistakes in a program on the network that it trains.

Runs on: driver.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sparkeras.errors import DataError, RunFolderError

TITLES = {
    "activation": "Predicting with another activation than in training: accuracy",
    "rounding": "Rounding each output instead of taking the largest: accuracy, and rows said to be",
    "steps": "Keeping steps that made it worse, and judging them by other rows each time: cost at the end",
    "partitions": "One partition: seconds per epoch",
}


def museum(
    out: Annotated[Path, typer.Argument(help="folder for the pictures")],
    data: Annotated[str, typer.Option(help="digits, mnist, or a path of your own data of classes")] = "digits",
    epochs: Annotated[int, typer.Option(help="rounds of each of the four trainings", min=1)] = 100,
    seed: Annotated[int, typer.Option(help="seed of first weights and rows of a step")] = 0,
    master: Annotated[str | None, typer.Option(help="Spark master, e.g. local[4]")] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="replace the pictures of an earlier visit")] = False,
) -> None:
    """Show what four mistakes do to the network from scratch: it was not overfitting."""
    if out.exists() and not (overwrite and (out / "museum.json").is_file()):
        raise RunFolderError(f"'{out}' exists already. Choose another folder, or --overwrite an earlier museum.")
    from sparkeras import datasets
    from sparkeras.spark import session

    arrays = datasets.load_arrays(data, seed=seed)
    if arrays.num_classes is None:
        raise DataError("The museum shows a network that learns classes, and the labels of this data are amounts.")
    from sparkeras.course.bug_museum import Museum

    figures = Museum(session.get_or_start(master), arrays, epochs, seed).open(out)
    print(f"The network on {figures['data']}, {epochs} epoch(s): training accuracy {figures['training accuracy']:.3f}")
    for name, title in TITLES.items():
        print(f"{title}: {', '.join(f'{key} {value:.3f}' for key, value in figures[name].items())}")
    print(f"Pictures and figures are in {out}")
