"""The test rows as a report needs them: labels, predictions, and a few rows where the two differ.

Runs on: driver.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from sparkeras.errors import DataError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


class WrongRow(NamedTuple):
    """One wrongly predicted row: its ``features`` (array of any shape), and the ``probability`` of the prediction."""

    features: np.ndarray
    label: Any  # a number of Python or NumPy, as is the prediction
    prediction: Any
    probability: float | None = None


class TestRows:
    """Labels and predictions of the test rows.

    Parameters
    ----------
    label, prediction : arrays, (rows,), or (rows, targets) of a regression with several targets
        Class numbers, or the numbers of a regression.
    probability : float array, (rows, classes), or None
        One sigmoid unit's single column counts as the probability of class 1.
    mistakes : list of WrongRow
        At most 25 are shown; tuples and dicts of the same four fields are taken as well. Empty for tables.

    Attributes
    ----------
    label, prediction : arrays of one shape, (rows,) unless there are several targets
    probability : float array, (rows, classes) or (rows, 1), or None
    mistakes : list of WrongRow

    Raises
    ------
    DataError
        If there are no test rows, or not as many predictions as labels.
    """

    __test__ = False  # the name begins like a test's, and pytest would try to run it

    def __init__(
        self,
        label: ArrayLike,
        prediction: ArrayLike,
        probability: ArrayLike | None = None,
        mistakes: Iterable[Mapping[str, Any] | Sequence[Any]] = (),
    ) -> None:
        self.label, self.prediction = _narrow(np.asarray(label)), _narrow(np.asarray(prediction))
        if not len(self.label) or self.label.shape != self.prediction.shape:
            raise DataError(
                f"A report needs test rows with one prediction each; got {len(self.label)} labels and "
                f"{len(self.prediction)} predictions. Give a test set that is not empty."
            )
        self.probability = None if probability is None else np.asarray(probability).reshape(len(self.label), -1)
        self.mistakes = [WrongRow(**each) if isinstance(each, Mapping) else WrongRow(*each) for each in mistakes]

    def predicted_probability(self) -> np.ndarray | None:
        """Return the probability of each predicted class, (rows,), or None."""
        if self.probability is None:
            return None
        predicted = self.prediction.astype(int)
        if self.probability.shape[1] == 1:
            of_one = self.probability[:, 0]
            return np.where(predicted == 1, of_one, 1 - of_one)
        return self.probability[np.arange(len(predicted)), predicted]


def _narrow(array: np.ndarray) -> np.ndarray:
    """Return an array of one column as (rows,)."""
    return array if array.ndim == 2 and array.shape[1] > 1 else array.ravel()


def class_text(value: Any, names: Sequence[str] = ()) -> str:
    """Return a class as people read it: its name where ``names`` has one, else 3 rather than 3.0."""
    value = value.item() if hasattr(value, "item") else value
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, int) and 0 <= value < len(names):
        return str(names[value])
    return f"{value:.4g}" if isinstance(value, float) else str(value)
