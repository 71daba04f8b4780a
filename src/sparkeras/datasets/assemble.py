"""Check the features and labels of a file and split them into training and test rows.

Runs on: driver.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from sparkeras.datasets import text_labels
from sparkeras.datasets.contract import AS_IT_IS, STANDARDIZE, Arrays, Scaling, Schema
from sparkeras.datasets.labels import classify_labels
from sparkeras.datasets.splits import split_rows
from sparkeras.errors import DataError

IMAGE_RESCALE: Scaling = ("rescale", 1 / 255)


@dataclass(frozen=True, eq=False)
class Part:
    """Features x (rows, ...), or texts (rows,) of dtype object, and labels y; the places are for errors."""

    x: np.ndarray
    y: np.ndarray
    x_place: str
    y_place: str
    columns: list[str] | None = None  # names of the features; None where the file has none
    label: str = "label"


def split_arrays(part: Part, seed: int) -> Arrays:
    """Check ``part``, split it 80/20 and return Arrays (name and source are still empty)."""
    x = _checked_features(part)
    (y,), num_classes, schema = _classified(part)
    train, test = split_rows(len(y), seed, None if num_classes is None else y, where=part.x_place)
    return Arrays("", x[train], y[train], x[test], y[test], num_classes, _scaling(x), "", schema)


def join_arrays(train: Part, test: Part) -> Arrays:
    """Check two parts that a file already divided and return Arrays (name and source are still empty).

    Raises
    ------
    DataError
        If a part is empty or holds NaN, if its features and labels differ in length, or if the two parts differ in
        the shape of a row or in the kind of their labels.
    """
    x_train, x_test = _checked_features(train), _checked_features(test)
    kinds = [_kind(x_train), _kind(x_test)]
    if kinds[0] != kinds[1]:
        raise DataError(
            f"{train.x_place} has {kinds[0]} and {test.x_place} has {kinds[1]}; expected the same. Are the files of "
            "the same data set?"
        )
    (y_train, y_test), num_classes, schema = _classified(train, test)
    dtype = np.result_type(x_train, x_test)
    x_train, x_test = x_train.astype(dtype, copy=False), x_test.astype(dtype, copy=False)
    return Arrays("", x_train, y_train, x_test, y_test, num_classes, _scaling(x_train), "", schema)


def _classified(*parts: Part) -> tuple[list[np.ndarray], int | None, Schema]:
    """Return (labels of each part, number of classes or None, Schema with the names that the file gives)."""
    labels, places = [np.asarray(part.y) for part in parts], [part.y_place for part in parts]
    features = tuple(parts[0].columns or ())
    schema = Schema(features, (parts[0].label,) if features else ())
    texts = [text_labels.are_texts(y) for y in labels]
    if all(texts):
        labels, names = text_labels.number(labels, places)
        return labels, len(names), replace(schema, classes=names)
    if any(texts):
        kinds = ["texts" if each else "numbers" for each in texts]
        raise DataError(f"{places[0]} holds {kinds[0]} and {places[1]} {kinds[1]}; expected the same kind of labels.")
    labels, classes = zip(*(classify_labels(y, place) for y, place in zip(labels, places, strict=True)), strict=True)
    numbers = [number for number in classes if number is not None]
    if len(numbers) < len(classes):  # amounts may all be whole in one part by chance
        return [y if y.dtype.kind == "f" else y.astype(np.float64) for y in labels], None, schema
    return list(labels), max(numbers), schema


def _checked_features(part: Part) -> np.ndarray:
    x, place = np.asarray(part.x), part.x_place
    texts = x.dtype == object
    if (x.dtype.kind not in "buif" and not texts) or x.ndim == 0:
        raise DataError(f"{place}: features of type {x.dtype} and shape {x.shape}; expected rows of numbers.")
    if len(x) == 0:
        raise DataError(f"{place} has no rows. Is the file empty?")
    if len(x) != len(part.y):
        raise DataError(
            f"{place} has {len(x)} rows but {part.y_place} has {len(part.y)} labels; expected one label per row. "
            "Are the files of the same data set?"
        )
    if texts:
        return x
    x = x[:, None] if x.ndim == 1 else x
    if x.size == 0:
        raise DataError(f"{place} has rows of shape {x.shape[1:]}, thus without a number; expected features in each.")
    if x.dtype.kind == "f":
        _refuse_not_finite(x.reshape(len(x), -1), part)
    return x.astype(np.uint8) if x.dtype.kind == "b" else x


def _refuse_not_finite(flat: np.ndarray, part: Part) -> None:
    if np.isfinite(flat.min()) and np.isfinite(flat.max()):  # NaN wins both, so two passes and no mask suffice
        return
    row, column = np.argwhere(~np.isfinite(flat))[0]
    name = repr(part.columns[column]) if part.columns else column + 1
    raise DataError(
        f"{part.x_place}, row {row + 1} of {len(flat)}, column {name}: {flat[row, column]} is not a finite number. "
        "Fill the cell or delete the row."
    )


def _kind(x: np.ndarray) -> str:
    return "texts" if x.dtype == object else f"rows of shape {x.shape[1:]}"


def _scaling(x: np.ndarray) -> Scaling:
    if x.dtype == object:
        return AS_IT_IS
    return IMAGE_RESCALE if x.dtype == np.uint8 and x.ndim > 2 else STANDARDIZE
