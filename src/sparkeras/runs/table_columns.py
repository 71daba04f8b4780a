"""The columns of a run's table: learned before its training, kept in its folder, used for all later rows.

Runs on: driver.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
from sparkeras.runs.table_facts.overruling import UNNAMED
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
    counts : (int, int)
        Training and test rows that have one.
    """

    dataset: Dataset
    spec: Features
    unlabelled: int
    counts: tuple[int, int]


def learn(table: RawTable, kinds: Mapping[str, str], task: str | None, columns: Sequence[str] = ()) -> LearnedTable:
    """Learn the columns of a table's training rows.

    Parameters
    ----------
    table : RawTable
    kinds : dict of str to str
        Names of kinds by column; ``"drop"`` leaves a column out.
    task : str or None
        ``"classification"`` or ``"regression"``.
    columns : list of str
        Those to use, and those of ``kinds``; all where none is named. A text that is not a column is taken as several,
        with commas between them.
    """
    columns = _split(columns, table)
    named = {column: _kind(column, name) for column, name in kinds.items()}
    is_used = named.get(LABEL, ...) is not None and LABEL in (columns or table.train.columns)
    if table.label != LABEL and is_used:
        raise DataError(
            f"{table.source!r} has a column 'label' beside the label column {table.label!r}. Rename it, or leave it "
            "out: --drop label"
        )
    rows = table.train.where(_has_value(table.train, table.label))
    try:
        spec = features.learn(rows, table.label, columns=columns or None, kinds=named, task=task or table.task)
    except MixedColumnError as error:
        place = table.place_of(error.column, error.value)
        raise error.at(place) if place else error from error
    known = {*spec.sources, *spec.left_out, table.label}
    unnamed = {name: UNNAMED for name in table.train.columns if name not in known}
    spec = replace(spec, left_out=spec.left_out | unnamed)
    dataset = dataset_of(table, spec)
    there, counts = table.train.count() + table.test.count(), (dataset.train.count(), dataset.test.count())
    return LearnedTable(dataset, spec, there - sum(counts), counts)


def dataset_of(table: RawTable, spec: Features) -> Dataset:
    """Return the rows of a table that have a label, by its number, beside their raw columns."""
    assert spec.label
    classes = spec.label.classes
    return Dataset(
        name=table.name,
        train=numbered(table.train, spec.label),
        test=numbered(table.test, spec.label),
        input_shape=(len(spec.sources),),
        num_classes=None if classes is None else len(classes),
        task=spec.label.task,
        scaling=AS_IT_IS,
        source=table.source,
        schema=Schema(spec.sources, (table.label,), classes or ()),
    )


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
    return rows.drop(label.column, LABEL).withColumnRenamed(_NUMBER, LABEL)


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


def _split(columns: Sequence[str], table: RawTable) -> list[str]:
    """Return names of columns one by one."""
    there = table.train.columns
    return [name.strip() for text in columns for name in ([text] if text in there else text.split(","))]


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
