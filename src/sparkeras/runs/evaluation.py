"""A run's model evaluated on the run's own test rows, on those of another data set, or on all rows of a file.

Runs on: driver.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sparkeras import datasets, fitting
from sparkeras.engine import logs
from sparkeras.runs import align_columns, table_columns, text_rows, unlabelled
from sparkeras.spark import session

if TYPE_CHECKING:
    import keras
    from pyspark.sql import DataFrame

    from sparkeras.datasets.contract import Schema
    from sparkeras.features import Features
    from sparkeras.runs.run_folder import Run


@dataclass(frozen=True)
class Evaluation:
    """Figures of a model on some rows.

    Attributes
    ----------
    data : str
        Name or path of the rows.
    rows : int
    is_held_out : bool
        Whether these are the test rows of a data set.
    figures : dict of str to float or None
        By Keras' metric names.
    """

    data: str
    rows: int
    is_held_out: bool
    figures: dict[str, float | None]


def evaluate(
    run: Run, model: keras.Model, data: str | None = None, label: str | None = None, master: str | None = None
) -> Evaluation:
    """Evaluate a run's model.

    Parameters
    ----------
    run : Run
    model : keras.Model
        Of this run.
    data : str, optional
        Name or path of a data set; the run's own by default.
    label : str, optional
        The label column of a table; that of the run by default.
    master : str, optional
        The Spark master, where no session is active.
    """
    settings = run.summary["settings"]
    name = data or settings["data"]
    spec = table_columns.of_run(run)
    if spec:
        return _of_table(run, model, spec, name, label, master)
    dataset = datasets.open_dataset(
        name,
        lambda: session.get_or_start(master),
        label=label or settings.get("label"),
        seed=settings.get("seed", 0),
        image_size=settings.get("image_size") or datasets.IMAGE_SIZE,
    )
    is_held_out = name in datasets.names() or name == settings["data"]
    rows = dataset.test if is_held_out else dataset.train.unionByName(dataset.test)
    if not is_held_out and dataset.schema:
        rows = _aligned(rows, dataset.schema, run, model, name)
    words = text_rows.of_run(run)
    rows = words.numbered(rows) if words else rows
    if settings.get("engine") == "scratch":  # its losses compare numbers one by one
        last = run.summary["data"]["num_classes"] - 1
        rows = rows.selectExpr("features", f"transform(sequence(0, {last}), c -> float(c = label)) AS label")
    column = None if unlabelled.is_unlabelled(model) else "label"
    figures = fitting.evaluate(model, rows, label=column, handle_invalid=settings.get("handle_invalid", "error"))
    return Evaluation(name, rows.count(), is_held_out, logs.numbers(figures))


def _of_table(
    run: Run, model: keras.Model, spec: Features, name: str, label: str | None, master: str | None
) -> Evaluation:
    """Evaluate the model of a table, whose rows keep their columns."""
    settings = run.summary["settings"]
    assert spec.label
    known = replace(spec.label, column=label or spec.label.column)
    table = datasets.open_table(name, lambda: session.get_or_start(master), known.column, settings.get("seed") or 0)
    is_held_out = name in datasets.names() or name == settings["data"]
    rows = table.test if is_held_out else table.train.unionByName(table.test)
    rows = table_columns.numbered(rows, known)
    figures = fitting.evaluate(
        model,
        rows,
        features=table_columns.for_training(spec),
        batch_size=settings["batch_size"],
        handle_invalid=settings["handle_invalid"],
    )
    return Evaluation(name, rows.count(), is_held_out, logs.numbers(figures))


def _aligned(rows: DataFrame, schema: Schema, run: Run, model: keras.Model, name: str) -> DataFrame:
    """Return the rows of another file with the columns and class numbers that the run's model was trained on."""
    known = run.summary["data"]
    rows = align_columns.columns(rows, schema.features, known.get("feature_names") or (), name)
    if known["task"] != "classification" or unlabelled.is_unlabelled(model):
        return rows
    by_name = run.summary["settings"]["data"] not in datasets.names()
    return align_columns.classes(rows, schema.classes, known.get("class_names") or (), name, by_name)
