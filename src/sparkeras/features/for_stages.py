"""What an estimator of Spark ML learns of the rows that it is fitted on.

Runs on: driver.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

import pyspark.sql.functions as F
from pyspark.ml.linalg import VectorUDT
from pyspark.sql.types import ArrayType, BooleanType, NumericType

from sparkeras.engine.columns.named import named_columns
from sparkeras.errors import InvalidColumnError
from sparkeras.features.recipe import Recipe
from sparkeras.spark.names import quoted

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from sparkeras.engine.columns.texts import ClassName
    from sparkeras.engine.params import Settings
    from sparkeras.features.label import Label
    from sparkeras.features.spec import Features

# CrossValidator and TrainValidationSplit hand their folds on with a column of random numbers, called by their uid.
_OF_FOLDS = re.compile(r"_[0-9a-f]{12}_rand$")


def learn(
    recipe: Recipe, dataset: DataFrame, settings: Settings, columns: Sequence[str] | None, task: str | None
) -> Features:
    """Return the Features of the rows to train on; rows that a column marks for validation are not looked at.

    Parameters
    ----------
    recipe : Recipe
    dataset : DataFrame
    settings : Settings
    columns : list of str or None
        None: all but label, weight and validation marks.
    task : str or None
        ``"classification"``, ``"regression"``, or by the label's values.
    """
    labels = named_columns(settings.label)
    label = labels[0] if len(labels) == 1 and not _is_array(dataset, labels[0]) else None
    others = [*labels, settings.weight, settings.validation_column]
    if columns is None:
        columns = [name for name in dataset.columns if name not in others and not _OF_FOLDS.search(name)]
    marked = settings.validation_column
    if marked in dataset.columns and isinstance(dataset.schema[marked].dataType, BooleanType):
        dataset = dataset.where(~F.col(quoted(marked)))
    return recipe.learn(dataset, columns, label, task)


def require_task(label: Label, task: str) -> None:
    """Raise InvalidColumnError for a label that was learned for the other task, see ``learn``."""
    if label.task != task:
        are, other = ("amounts", "KerasRegressor") if label.classes is None else ("classes", "KerasClassifier")
        raise InvalidColumnError(
            f"Column {label.column!r}, the label, was learned as {are}. Learn it with task={task!r}, or take {other}."
        )


def class_values(label: Label, dataset: DataFrame) -> tuple[ClassName, ...]:
    """Return the classes of a label as values of its column, in the order of their numbers.

    Numbers are floats, in which Spark's evaluators count classes.

    Raises
    ------
    InvalidColumnError
        If the column is missing.
    """
    label.require(dataset.schema)
    classes, kind = label.classes or (), dataset.schema[label.column].dataType
    if isinstance(kind, BooleanType):
        return tuple(name == "true" for name in classes)
    return tuple(map(float, classes)) if isinstance(kind, NumericType) else classes


def _is_array(dataset: DataFrame, column: str) -> bool:
    return column in dataset.columns and isinstance(dataset.schema[column].dataType, ArrayType | VectorUDT)
