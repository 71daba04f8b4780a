"""``sparkeras plot``: the histories of a training from scratch as a picture.

Runs on: driver.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sparkeras.errors import DataError
from sparkeras.files.atomic import moved

History = Annotated[str, typer.Argument(help="folder of part files, or one of them: a number per line; or a URI")]


def plot(
    cost: History,
    accuracy: History,
    out: Annotated[Path, typer.Argument(help="picture to make, e.g. history.png")],
    overwrite: Annotated[bool, typer.Option("--overwrite", help="replace a file that is there")] = False,
) -> None:
    """Draw cost and accuracy per epoch, from what 'sparkeras scratch' wrote (cost_history, accuracy_history)."""
    if out.is_dir() or (out.exists() and not overwrite):
        raise DataError(f"'{out}' exists already. Choose another file{'' if out.is_dir() else ', or --overwrite'}.")
    if out.suffix != ".png":
        raise DataError(f"The picture is a PNG: name it so, e.g. '{out.with_suffix('.png')}'.")
    columns = {"cost": _numbers(cost), "accuracy": _numbers(accuracy)}
    wrong = next((value for value in columns["accuracy"] if not 0 <= value <= 1), None)
    if wrong is not None:
        raise DataError(f"'{accuracy}' holds {wrong:g}, which is no share of hits. Are cost and accuracy swapped?")
    if len(columns["cost"]) != len(columns["accuracy"]):
        counts = " and ".join(str(len(column)) for column in columns.values())
        raise DataError(f"The histories have {counts} epochs; expected those of one training.")
    from sparkeras import plots

    out.parent.mkdir(parents=True, exist_ok=True)
    moved(out, lambda path: plots.draw_history(path, columns))
    print(f"{out} shows {len(columns['cost'])} epochs")


def _numbers(path: str) -> list[float]:
    """Return the numbers of a text folder as Spark writes it, or of one file, local or at any URI."""
    from sparkeras import datasets
    from sparkeras.spark import session

    text = datasets.text_of(path, session.get_or_start)
    if not text.strip():
        raise DataError(f"'{path}' holds no number.")
    numbers = []
    for row, line in enumerate(text.splitlines(), start=1):
        try:
            numbers.append(float(line))
        except ValueError:
            raise DataError(f"'{path}', row {row}: {line[:40]!r} is not a number.") from None
    return numbers
