"""``sparkeras evaluate``, ``predict`` and ``show``: use a finished run.

Runs on: driver.
"""

from pathlib import Path
from typing import Annotated

import typer

from sparkeras.errors import DataError

RunArgument = Annotated[Path, typer.Argument(help="folder of a finished run, e.g. runs/digits")]
BackendOption = Annotated[str | None, typer.Option(help="jax, torch or tensorflow")]
_LARGE = 10_000  # from here on digits behind the point say nothing
_OTHER_FORMATS = (".xlsx", ".xls", ".json", ".tsv", ".txt", ".npz", ".gz", ".html")  # that a name promises
MasterOption = Annotated[str | None, typer.Option(help="Spark master, e.g. local[4]")]


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

    opened = Run.open(run)
    model = _open_model(opened, backend)
    from sparkeras import datasets, fitting
    from sparkeras.engine import logs
    from sparkeras.runs import text_rows, unlabelled
    from sparkeras.spark import session

    settings = opened.summary["settings"]
    name = data or settings["data"]
    loaded = datasets.open_dataset(
        name,
        lambda: session.get_or_start(master),
        label=label or settings.get("label"),
        seed=settings.get("seed", 0),
        image_size=settings.get("image_size") or datasets.IMAGE_SIZE,
    )
    held_out = name in datasets.names() or name == settings["data"]
    rows = loaded.test if held_out else loaded.train.unionByName(loaded.test)
    if not held_out and loaded.schema:
        rows = _aligned(rows, loaded.schema, opened, model, name)
    words = text_rows.of_run(opened)
    rows = words.numbered(rows) if words else rows
    if settings.get("engine") == "scratch":  # whose losses compare numbers one by one
        last = opened.summary["data"]["num_classes"] - 1
        rows = rows.selectExpr("features", f"transform(sequence(0, {last}), c -> float(c = label)) AS label")
    label = None if unlabelled.is_unlabelled(model) else "label"
    figures = fitting.evaluate(model, rows, label=label, handle_invalid=settings.get("handle_invalid", "error"))
    console = Console()
    console.print(f"{run} on {rows.count():,} {'held-out test ' if held_out else ''}rows of {name}", highlight=False)
    for figure, value in logs.numbers(figures).items():
        shown = f"{value:.4f}" if abs(value) < _LARGE else f"{value:.6g}"
        console.print(f"  {figure:<24} {shown}", highlight=False)


def _aligned(rows, schema, run, model, name):
    """Return the rows of another file with the columns and class numbers that the run's model was trained on."""
    from sparkeras import datasets
    from sparkeras.runs import align_columns, unlabelled

    known = run.summary["data"]
    rows = align_columns.columns(rows, schema.features, known.get("feature_names") or (), name)
    if known["task"] != "classification" or unlabelled.is_unlabelled(model):
        return rows
    by_name = run.summary["settings"]["data"] not in datasets.names()
    return align_columns.classes(rows, schema.classes, known.get("class_names") or (), name, by_name)


def predict(
    run: RunArgument,
    input: Annotated[str, typer.Argument(help="Parquet (file, folder or URI), CSV file, or images")],
    output: Annotated[str, typer.Argument(help="where to write: NAME.csv, or a Parquet folder")],
    master: MasterOption = None,
    backend: BackendOption = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="replace what is there")] = False,
) -> None:
    """Write what a run's model says of each row: all columns, then prediction (and probability, name of the class)."""
    from sparkeras.runs.run_folder import Run

    opened = Run.open(run)
    _require_there(input)
    _require_writable(output, overwrite)
    model = _open_model(opened, backend)
    from sparkeras.runs import prediction_files, text_rows
    from sparkeras.spark import session

    data, words = opened.summary["data"], text_rows.of_run(opened)
    label = opened.summary["settings"].get("label")
    rows = prediction_files.read(session.get_or_start(master), input, model, words, data, label)
    count = prediction_files.write(model, data, rows, output, overwrite)
    print(f"{count:,} rows with their prediction are in {output}")


def show(run: RunArgument) -> None:
    """Show a finished run: its marks, its epochs, and where its files are."""
    from rich.console import Console

    from sparkeras.runs.report import show_run
    from sparkeras.runs.run_folder import Run

    show_run(Run.open(run), Console())


def _require_there(path):
    """Raise DataError, before any work, if there is no input at ``path``."""
    if "://" not in path and not Path(path).exists():
        raise DataError(
            f"There is no input {path!r}. Give a Parquet file or folder, a CSV file with a header, or an image or a "
            "folder of images."
        )


def _require_writable(output, overwrite):
    """Raise DataError, before any work, if ``output`` exists and may not be replaced, or is of another kind."""
    ending = Path(output.rstrip("/")).suffix
    if ending in _OTHER_FORMATS:
        raise DataError(f"{output!r} ends in {ending}; expected NAME.csv, or a folder for Parquet.")
    if "://" not in output and Path(output).exists() and not overwrite:
        raise DataError(f"{output!r} exists already. Choose another output or add --overwrite.")


def _open_model(run, backend):
    from sparkeras.engine import backends

    backends.load(backends.choose(backend), without=backends.WRAPPED)
    from sparkeras.engine import model_files

    return model_files.open_file(run.model_path)
