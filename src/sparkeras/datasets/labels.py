"""Whether labels are classes (classification) or amounts (regression); other labels are refused.

Runs on: driver.

Whole numbers are classes 0..k-1; anything with a fraction is an amount, thus a regression. Whole numbers that reach
both 1,000 and the number of rows are amounts too: house prices are not half a million classes.
"""

from __future__ import annotations

import numpy as np

from sparkeras.errors import DataError

MOST_CLASSES = 1000


def text_label_error(where: str, value: object) -> DataError:
    """Return the DataError for a label such as 'cat' among numbers; ``where`` names file and row or column."""
    return DataError(
        f"{where}: the label {str(value)!r} is not a number, but most labels are. Expected numbers in all rows, or "
        "names of classes in all (as a column of a CSV or Parquet file)."
    )


def count_classes(low: float, high: float, has_fractions: bool, rows: int, where: str) -> int | None:
    """Return the number of classes (int), or None if the labels are amounts.

    Parameters
    ----------
    low, high : numbers
        The smallest and the largest label.
    has_fractions : bool
        Is any label not a whole number?
    rows : int
        How many labels there are.
    where : str
        File and column, for errors.

    Raises
    ------
    DataError
        If whole labels go below zero.
    """
    if has_fractions or (high >= MOST_CLASSES and high >= rows):
        return None
    if low < 0:
        raise DataError(f"{where}: label {int(low)} is below 0; classes are 0..k-1. Map the labels to 0..k-1.")
    return int(high) + 1


def classify_labels(y: np.ndarray, where: str) -> tuple[np.ndarray, int | None]:
    """Return labels in their final type, and the number of classes.

    Parameters
    ----------
    y : array (rows,), (rows, 1), one-hot (rows, classes) or (rows, targets)
        Labels as a file holds them.
    where : str
        File and column, for errors.

    Returns
    -------
    (array, int or None)
        int32 classes (rows,) with their number, or float amounts with None.

    Raises
    ------
    DataError
        If labels are text, not finite, or below zero.
    """
    y = _as_numbers(y, where)
    if y.ndim == 2 and y.shape[1] == 1:
        y = y[:, 0]
    if y.ndim == 2 and _is_one_hot(y):
        return y.argmax(axis=1).astype(np.int32), y.shape[1]
    if y.ndim == 2:
        return _as_amounts(y), None
    whole = y == np.floor(y)
    try:
        num_classes = count_classes(y.min(), y.max(), not whole.all(), len(y), where)
    except DataError as error:
        raise DataError(f"{where}, row {int(y.argmin()) + 1} of {len(y)}{str(error).removeprefix(where)}") from None
    return (_as_amounts(y), None) if num_classes is None else (y.astype(np.int32), num_classes)


def _as_numbers(y: np.ndarray, where: str) -> np.ndarray:
    y = np.asarray(y)
    if y.dtype.kind in "SUO":
        raise text_label_error(where, y.flat[0])
    if y.dtype.kind not in "buif" or y.ndim not in (1, 2):
        raise DataError(f"{where}: labels of type {y.dtype} and shape {y.shape}; expected numbers, one per row.")
    finite = np.isfinite(y).reshape(len(y), -1).all(axis=1)
    if not finite.all():
        row = int(finite.argmin()) + 1
        raise DataError(f"{where}, row {row} of {len(y)}: the label is NaN or infinite. Fill it or delete the row.")
    return y.astype(np.int8) if y.dtype.kind == "b" else y


def _is_one_hot(y: np.ndarray) -> bool:
    return bool(((y == 0) | (y == 1)).all() and (y.sum(axis=1) == 1).all())


def _as_amounts(y: np.ndarray) -> np.ndarray:
    return y if y.dtype in (np.float32, np.float64) else y.astype(np.float64)
