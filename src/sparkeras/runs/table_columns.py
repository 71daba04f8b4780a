"""The columns of a run's table: learned before its training, kept in its folder, used for all later rows.

Runs on: driver.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import pyspark.sql.functions as F

from sparkeras import features
from sparkeras.datasets import Dataset
from sparkeras.datasets.contract import AS_IT_IS, Schema
from sparkeras.errors import DataError, InvalidParamError, RunFolderError
from sparkeras.features.kinds import KINDS
from sparkeras.features.mixed import MixedColumnError
from sparkeras.files.empty_cells import EMPTY_CELLS
from sparkeras.spark.names import quoted

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame

    from sparkeras.datasets.raw_tables import RawTable
    from sparkeras.features import Features, Label
    from sparkeras.runs.run_folder import Run

FILE = "features.json"
LABEL = "label"  # the column of class numbers or amounts, whatever the table calls its own


class LearnedTable(NamedTuple):
    """A table ready to train on.

    Attributes
    ----------
    dataset : Dataset
        Its rows have the raw columns, and ``label``: class numbers or amounts.
    spec : Features
    unlabelled : int
        Rows that were left out because they have no label.
    """

    dataset: Dataset
    spec: Features
    unlabelled: int


def learn(table: RawTable, kinds: Mapping[str, str], task: str | None) -> LearnedTable:
    """Learn the columns of a table's training rows.

    Parameters
    ----------
    table : RawTable
    kinds : dict of str to str
        Names of kinds by column; ``"drop"`` leaves a column out.
    task : str or None
        ``"classification"`` or ``"regression"``.
    """
    named = {column: _kind(column, name) for column, name in kinds.items()}
    if table.label != LABEL and LABEL in table.train.columns:
        raise DataError(
            f"{table.source!r} has a column 'label' beside the label column {table.label!r}. Rename it, or drop it."
        )
    rows = table.train.where(_has_value(table.train, table.label))
    try:
        spec = features.learn(rows, table.label, kinds=named, task=task)
    except MixedColumnError as error:
        place = table.place_of(error.column, error.value)
        raise error.at(place) if place else error from error
    assert spec.label
    train, test = (numbered(frame, spec.label) for frame in (table.train, table.test))
    unlabelled = table.train.count() + table.test.count() - train.count() - test.count()
    classes = spec.label.classes
    dataset = Dataset(
        name=table.name,
        train=train,
        test=test,
        input_shape=(len(spec.sources),),
        num_classes=None if classes is None else len(classes),
        task=spec.label.task,
        scaling=AS_IT_IS,
        source=table.source,
        schema=Schema(spec.sources, (table.label,), classes or ()),
    )
    return LearnedTable(dataset, spec, unlabelled)


def numbered(frame: DataFrame, label: Label) -> DataFrame:
    """Return the rows that have a label, with its number in the column ``label``."""
    column, kind = F.col(quoted(label.column)), frame.schema[label.column].dataType.typeName()
    if label.classes is None:
        number = column.cast("double") if kind != "string" else F.regexp_replace(F.trim(column), ",", "")
        number = number.cast("double")
        frame = frame.where(number.isNotNull() & (F.abs(number) < F.lit(float("inf"))))
    elif kind in ("string", "boolean"):
        places = F.array(*map(F.lit, label.classes))
        number = F.array_position(places, F.trim(column.cast("string"))).cast("int") - 1
    else:
        places = F.array(*(F.lit(float(name)) for name in label.classes))
        number = F.array_position(places, column.cast("double")).cast("int") - 1
    rows = frame.withColumn(_NUMBER, number)
    rows = rows if label.classes is None else rows.where(F.col(_NUMBER) >= 0)
    return rows.drop(label.column).withColumnRenamed(_NUMBER, LABEL)


def for_training(spec: Features) -> Features:
    """Return a spec without its label, for rows whose label is a number already."""
    return replace(spec, label=None)


def of_run(run: Run) -> Features | None:
    """Return the Features of a finished run, None if its rows were arrays of numbers, images or texts.

    Raises
    ------
    RunFolderError
        If the file is damaged.
    """
    path = run.path / FILE
    if not path.is_file():
        return None
    try:
        return features.Features.from_json(path.read_text(encoding="utf-8"))
    except InvalidParamError as error:
        raise RunFolderError(f"'{path}': {error}") from error


_NUMBER = "__sparkeras_label"


def _kind(column: str, name: str) -> features.Kind | None:
    if name == "drop":
        return None
    if name not in KINDS:
        raise InvalidParamError(f"Column {column!r} cannot be {name!r}; a kind is one of {', '.join(KINDS)}, or drop.")
    return KINDS[name][0]()


def _has_value(frame: DataFrame, column: str) -> Column:
    """Return the condition that a column has a value in a row."""
    cell, kind = F.col(quoted(column)), frame.schema[column].dataType.typeName()
    if kind == "string":
        return cell.isNotNull() & ~F.trim(cell).isin(*EMPTY_CELLS)
    return cell.isNotNull() & ~F.isnan(cell) if kind in ("float", "double") else cell.isNotNull()
