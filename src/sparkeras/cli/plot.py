"""``sparkeras plot``: the histories of a training from scratch as a picture.

Runs on: driver. Imports: ``errors``; ``plots`` inside the function.
"""

from pathlib import Path
from typing import Annotated

import typer

from sparkeras.errors import DataError
from sparkeras.whole_files import moved

History = Annotated[Path, typer.Argument(help="folder of part files, or one of them: a number per line")]


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
    if len(columns["cost"]) != len(columns["accuracy"]):
        counts = " and ".join(str(len(column)) for column in columns.values())
        raise DataError(f"The histories have {counts} epochs; expected those of one training.")
    from sparkeras import plots

    out.parent.mkdir(parents=True, exist_ok=True)
    moved(out, lambda path: plots.draw_history(path, columns))
    print(f"{out} shows {len(columns['cost'])} epochs")


def _numbers(path):
    """Return the numbers of a text folder as Spark writes it, or of one file."""
    files = sorted(path.glob("part-*")) if path.is_dir() else [path]
    if not files or not files[0].exists():
        raise DataError(f"There is no history at '{path}': expected a folder of part files, or one of them.")
    numbers = []
    for file in files:
        for row, line in enumerate(file.read_text(encoding="utf-8", errors="replace").splitlines(), start=1):
            try:
                numbers.append(float(line))
            except ValueError:
                raise DataError(f"'{file}', row {row}: {line[:40]!r} is no number.") from None
    if not numbers:
        raise DataError(f"'{path}' holds no number.")
    return numbers
