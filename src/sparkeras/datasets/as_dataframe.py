"""Arrays and pandas frames, as one hands them to Keras' ``fit``, become Spark DataFrames.

Runs on: driver.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from sparkeras.errors import InvalidColumnError

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


class Columns(Protocol):
    """The settings of ``engine.params`` that name columns; ``label`` is None where a model learns without labels."""

    @property
    def features(self) -> Any: ...

    @property
    def label(self) -> Any: ...


def as_dataframe(data: Any, y: Any, settings: Columns) -> DataFrame:
    """Return ``data`` as a DataFrame with the columns that ``settings`` name.

    Parameters
    ----------
    data : DataFrame, array or pandas frame
    y : array or None
        Labels beside an array.
    settings : params.Settings

    Raises
    ------
    InvalidColumnError
        For anything else, or arrays of different length.
    """
    from pyspark.sql import DataFrame

    if isinstance(data, DataFrame):
        if y is not None:
            raise InvalidColumnError("A DataFrame holds its labels in a column: give label=... instead of y.")
        return data
    from sparkeras.spark import session

    if type(data).__module__.startswith("pandas.") and y is None:
        frame = session.get_or_start().createDataFrame(data)
        _warn("The pandas frame")
        return frame
    from sparkeras import datasets

    x, y = _array(data), None if y is None else _array(y)
    if settings.label is not None and y is None:
        raise InvalidColumnError("An array of features needs its labels beside it: fit(model, x, y).")
    if y is not None and len(x) != len(y):
        raise InvalidColumnError(f"x has {len(x)} rows and y has {len(y)}; each row needs its label.")
    frame = datasets.frame_from_arrays(
        session.get_or_start(), x, y, features=settings.features, label=settings.label or "label", nested=True
    )
    _warn("The arrays")
    return frame


def _array(data: Any) -> np.ndarray:
    try:
        array = np.asarray(data)
    except ValueError:
        array = np.array(None)
    if array.ndim == 0 or array.dtype.kind not in "biuf":
        raise InvalidColumnError(
            f"Expected a Spark DataFrame, an array of numbers or a pandas frame; got {type(data).__name__}."
        )
    return array


def _warn(data: str) -> None:
    # From here, not from the caller's line: Python shows the same warning of one place once.
    warnings.warn(f"{data} became a Spark DataFrame; make one yourself to keep it for several calls.", stacklevel=1)
