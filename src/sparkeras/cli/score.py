"""``sparkeras evaluate``, ``predict`` and ``show``: use a finished run.

Runs on: driver.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sparkeras.errors import DataError

RunArgument = Annotated[Path, typer.Argument(help="folder of a finished run, e.g. runs/digits")]
BackendOption = Annotated[str | None, typer.Option(help="jax, torch or tensorflow")]
MasterOption = Annotated[str | None, typer.Option(help="Spark master, e.g. local[4]")]
_LARGE = 10_000  # from here on digits behind the point are noise
_OTHER_FORMATS = (".xlsx", ".xls", ".json", ".tsv", ".txt", ".npz", ".gz", ".html")  # of files that are not written


def evaluate(
    run: RunArgument,
    data: Annotated[str | None, typer.Option(help="data set or path [the run's own test rows]")] = None,
    label: Annotated[str | None, typer.Option(help="label column of your own table")] = None,
    master: MasterOption = None,
    backend: BackendOption = None,
) -> None:
    """Evaluate a run's model: on the test rows of its own or a named data set, on all rows of another file."""
    from rich.console import Console

    from sparkeras.runs.run_folder import Run
    from sparkeras.runs.saved_model import open_model

    opened = Run.open(run)
    model = open_model(opened, backend)
    from sparkeras.runs import evaluation

    result = evaluation.evaluate(opened, model, data, label, master)
    console, which = Console(), "held-out test rows" if result.is_held_out else "rows"
    console.print(f"{run} on {result.rows:,} {which} of {result.data}", highlight=False)
    for figure, value in result.figures.items():
        shown = "–" if value is None else f"{value:.4f}" if abs(value) < _LARGE else f"{value:.6g}"
        console.print(f"  {figure:<24} {shown}", highlight=False)


def predict(
    run: RunArgument,
    input: Annotated[str, typer.Argument(help="Parquet (file, folder or URI), CSV file, or images")],
    output: Annotated[str, typer.Argument(help="where to write: NAME.csv, or a Parquet folder")],
    master: MasterOption = None,
    backend: BackendOption = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="replace what is there")] = False,
) -> None:
    """Write a run's predictions of rows: all columns, then prediction (and probability, name of the class)."""
    from sparkeras.runs.run_folder import Run
    from sparkeras.runs.saved_model import open_model

    opened = Run.open(run)
    _require_there(input)
    _require_writable(output, overwrite)
    model = open_model(opened, backend)
    from sparkeras import datasets
    from sparkeras.runs import prediction_files, table_columns, text_rows
    from sparkeras.spark import session

    data, words = opened.summary["data"], text_rows.of_run(opened)
    label, spec = opened.summary["settings"].get("label"), table_columns.of_run(opened)
    spark = session.get_or_start(master)
    if spec:
        rows = datasets.rows_of_table(input, spark)
    else:
        rows = prediction_files.read(spark, input, model, words, data, label)
    count = prediction_files.write(model, data, rows, output, overwrite, spec)
    print(f"{count:,} rows with their prediction are in {output}")


def show(run: RunArgument) -> None:
    """Show a finished run: its metrics, its epochs, and where its files are."""
    from rich.console import Console

    from sparkeras.runs.report import show_run
    from sparkeras.runs.run_folder import Run

    show_run(Run.open(run), Console())


def _require_there(path: str) -> None:
    """Raise DataError, before any work, if there is no input at ``path``."""
    if "://" not in path and not Path(path).exists():
        raise DataError(
            f"There is no input {path!r}. Give a Parquet file or folder, a CSV file with a header, or an image or a "
            "folder of images."
        )


def _require_writable(output: str, overwrite: bool) -> None:
    """Raise DataError, before any work, if ``output`` exists and may not be replaced, or is of another kind."""
    ending = Path(output.rstrip("/")).suffix
    if ending in _OTHER_FORMATS:
        raise DataError(f"{output!r} ends in {ending}; expected NAME.csv, or a folder for Parquet.")
    if "://" not in output and Path(output).exists() and not overwrite:
        raise DataError(f"{output!r} exists already. Choose another output or add --overwrite.")
