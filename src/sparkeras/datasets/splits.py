"""Divide rows into 80 % training and 20 % test, the same way for the same seed.

Runs on: driver.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sparkeras.errors import DataError, InvalidParamError, require_packages

if TYPE_CHECKING:
    import pyarrow as pa

TEST_FRACTION = 0.2
_FEW_LABELS = 100


def split_rows(
    rows: int, seed: int, classes: np.ndarray | None = None, where: str = "The data", groups: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Choose the rows of the training and the test part, shuffled.

    Parameters
    ----------
    rows : int
        Rows to divide.
    seed : int
        The same seed gives the same split.
    classes : int array (rows,), optional
        Keep each class' share in both parts; ignored where a class is too rare for that.
    where : str
        File, for errors.
    groups : array (rows,), optional
        Rows of a group go into the same part: equal rows in both would make a test of memory.

    Returns
    -------
    (int array, int array)
        Row numbers of training and test.

    Raises
    ------
    DataError
        If there are fewer than two rows.
    InvalidParamError
        If the seed is negative or above 4294967295.
    """
    # sklearn is slow to import, and not every set is split.
    require_packages("tools", "sklearn")
    from sklearn.model_selection import GroupShuffleSplit, train_test_split

    if not 0 <= seed < 2**32:
        raise InvalidParamError(f"'seed' must be 0 to {2**32 - 1}; got {seed}.")
    if rows < 2:
        raise DataError(f"{where} has {rows} row; a split into training and test needs 2 or more.")
    if groups is not None:
        return next(GroupShuffleSplit(1, test_size=TEST_FRACTION, random_state=seed).split(groups, groups=groups))
    stratify = classes if classes is not None and _can_stratify(classes, rows) else None
    return train_test_split(np.arange(rows), test_size=TEST_FRACTION, random_state=seed, stratify=stratify)


def split_table(table: pa.Table, label: str, seed: int, where: str) -> tuple[pa.Table, pa.Table]:
    """Return the training and the test rows of a table, in their order; few different labels keep their shares."""
    codes = table[label].combine_chunks().dictionary_encode()
    classes = None
    if len(codes.dictionary) <= _FEW_LABELS:
        classes = codes.indices.fill_null(len(codes.dictionary)).to_numpy(zero_copy_only=False)
    train, test = split_rows(table.num_rows, seed, classes, where)
    return table.take(np.sort(train)), table.take(np.sort(test))


def _can_stratify(classes: np.ndarray, rows: int) -> bool:
    counts = np.unique(classes, return_counts=True)[1]
    return bool(counts.min() >= 2 and len(counts) <= int(np.ceil(rows * TEST_FRACTION)))
