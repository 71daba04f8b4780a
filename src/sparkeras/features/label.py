"""The label of a table: classes or amounts.

Runs on: driver, Spark task, training process.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sparkeras.errors import InvalidColumnError, InvalidParamError
from sparkeras.features.reading import as_numbers, texts
from sparkeras.files.written_numbers import POINT
from sparkeras.spark.names import listed

if TYPE_CHECKING:
    from pyspark.sql.types import StructType

    from sparkeras.features.summaries import Summary

MOST_CLASSES = 1000
_FEW = 20  # different whole numbers up to which labels are classes
TASKS = ("classification", "regression")


@dataclass(frozen=True)
class Label:
    """What was learned of a label column.

    Attributes
    ----------
    column : str
    classes : tuple of str or None
        Their names in the order of their numbers, as ``reading.texts`` has them; None for amounts.
    counts : tuple of int
        Rows of each class.
    mean, variance : float
        Of amounts.
    missing : int
        Rows without a label.
    """

    column: str
    classes: tuple[str, ...] | None
    counts: tuple[int, ...]
    mean: float
    variance: float
    missing: int

    @property
    def task(self) -> str:
        """``"classification"`` or ``"regression"``."""
        return "regression" if self.classes is None else "classification"

    @property
    def sources(self) -> tuple[str, ...]:
        """The column that is read."""
        return (self.column,)

    @property
    def shape(self) -> tuple[int, ...]:
        """Of one row: a number."""
        return ()

    def require(self, schema: StructType) -> None:
        """Raise InvalidColumnError unless a DataFrame has the column."""
        if self.column not in schema.names:
            raise InvalidColumnError(
                f"Column {self.column!r}, the label, is missing; the DataFrame has {listed(schema.names)}."
            )

    def encode(self, columns: Mapping[str, pa.Array]) -> tuple[np.ndarray, np.ndarray]:
        """Return the class numbers (int32) or amounts (float32) of rows, and a mask of those without."""
        column = columns[self.column]
        if self.classes is None:
            numbers, _ = as_numbers(column)
            invalid = ~np.isfinite(numbers)
            return np.where(invalid, 0, numbers).astype(np.float32), invalid
        classes = pc.index_in(texts(column), pa.array(self.classes, pa.string()))
        invalid = classes.is_null().to_numpy(zero_copy_only=False)
        return classes.fill_null(0).to_numpy(zero_copy_only=False).astype(np.int32), invalid

    def explain(self, columns: Mapping[str, pa.Array]) -> str:
        """Say in one sentence why labels cannot be used: the first one, and how many."""
        _, invalid = self.encode(columns)
        value = columns[self.column][int(invalid.argmax())].as_py()
        count = f"{int(invalid.sum()):,} of {len(invalid):,} rows of one batch"
        cure = "Mend it, or leave such rows out (handle_invalid='skip', --invalid skip)."
        if value is None or value != value:
            return f"Column {self.column!r}, the label, is missing in {count}. {cure}"
        if self.classes is None:
            return f"Column {self.column!r}, the label, holds {value!r}, no finite number ({count}). {cure}"
        known = listed(self.classes, 5)
        return f"Column {self.column!r} holds the label {value!r} ({count}), which is none of {known}. {cure}"

    def digest(self) -> str:
        """Return a hash of all by which it encodes."""
        return hashlib.sha256(repr((self.column, self.classes)).encode()).hexdigest()

    @classmethod
    def opened(cls, saved: dict[str, Any]) -> Label:
        """Return the Label of plain values."""
        values: dict[str, Any] = {name: tuple(each) if isinstance(each, list) else each for name, each in saved.items()}
        return cls(**values)


def learn(summary: Summary, is_text: bool, task: str | None = None) -> Label:
    """Return the Label of a column.

    Parameters
    ----------
    summary : Summary
    is_text : bool
        Whether the column holds texts.
    task : str, optional
        ``"classification"`` or ``"regression"``; by default texts and up to 20 different whole numbers are classes.

    Raises
    ------
    InvalidColumnError
        If all labels are missing or the same, or texts are too many to be classes.
    """
    if task not in (None, *TASKS):
        raise InvalidParamError(f"'task' must be {' or '.join(TASKS)}; got {task!r}.")
    column, present = summary.name, summary.rows - summary.missing
    distinct = summary.values.distinct()
    if distinct < 2:
        what = f"the same value in all rows, {next(iter(summary.values.counts))!r}" if distinct else "no value"
        raise InvalidColumnError(f"Column {column!r}, the label, holds {what}: there is nothing to learn.")
    numbers = summary.numbers[POINT]
    are_numbers = not is_text or numbers.rows == present
    if task == "regression" and not are_numbers:
        raise InvalidColumnError(f"Column {column!r}, the label, holds texts such as {numbers.odd!r}, no amounts.")
    if task is None:
        few = distinct <= _FEW and all("." not in value and "e" not in value for value in summary.values.counts)
        task = "classification" if few or not are_numbers else "regression"
    missing = summary.missing + numbers.infinite
    if task == "regression":
        return Label(column, None, (), numbers.moments.mean, numbers.moments.variance, missing)
    if distinct > MOST_CLASSES:
        raise InvalidColumnError(
            f"Column {column!r}, the label, holds {distinct:,} different values in {present:,} rows; as classes they "
            f"may be {MOST_CLASSES:,} at most. Is it an id? Name another label column."
        )
    counts = summary.values.counts
    classes = sorted(counts, key=float) if are_numbers else sorted(counts)
    return Label(column, tuple(classes), tuple(counts[name] for name in classes), 0.0, 0.0, missing)
