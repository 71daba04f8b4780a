"""The test rows as a report needs them: what was true, what was said, and a few rows where the two differ.

Runs on: driver.
"""

from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from sparkeras.errors import DataError


class Mistake(NamedTuple):
    """One wrongly predicted row: its ``features`` (array of any shape), and ``probability`` of what was said."""

    features: Any
    label: Any
    prediction: Any
    probability: float | None = None


@dataclass
class TestRows:
    """What a model said about the test rows.

    Attributes
    ----------
    label, prediction : arrays, (rows,), or (rows, targets) of a regression that says several numbers
        Class numbers, or the numbers of a regression.
    probability : float array, (rows, classes), or None
        One sigmoid unit's single column counts as the probability of class 1.
    mistakes : list of Mistake
        At most 25 are shown; tuples and dicts of the same four fields are taken as well. Empty for tables.

    Raises
    ------
    DataError
        If there are no test rows, or not as many predictions as labels.
    """

    __test__ = False  # the name begins like a test's, and pytest would try to run it

    label: Any
    prediction: Any
    probability: Any = None
    mistakes: list = field(default_factory=list)

    def __post_init__(self):
        """Turn what was given into arrays of one shape, flat unless there are several targets, and Mistakes."""
        self.label, self.prediction = (_narrow(np.asarray(each)) for each in (self.label, self.prediction))
        if not len(self.label) or self.label.shape != self.prediction.shape:
            raise DataError(
                f"A report needs test rows with one prediction each; got {len(self.label)} labels and "
                f"{len(self.prediction)} predictions. Give a test set that is not empty."
            )
        if self.probability is not None:
            self.probability = np.asarray(self.probability).reshape(len(self.label), -1)
        self.mistakes = [Mistake(**m) if isinstance(m, dict) else Mistake(*m) for m in self.mistakes]

    def said_probability(self):
        """Return the probability of each predicted class, (rows,), or None."""
        if self.probability is None:
            return None
        said = self.prediction.astype(int)
        if self.probability.shape[1] == 1:
            of_one = self.probability[:, 0]
            return np.where(said == 1, of_one, 1 - of_one)
        return self.probability[np.arange(len(said)), said]


def _narrow(array):
    """Return an array of one column as (rows,)."""
    return array if array.ndim == 2 and array.shape[1] > 1 else array.ravel()


def class_text(value, names=()):
    """Return a class as people read it: its name where ``names`` has one, else 3 rather than 3.0."""
    value = value.item() if hasattr(value, "item") else value
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, int) and 0 <= value < len(names):
        return str(names[value])
    return f"{value:.4g}" if isinstance(value, float) else str(value)
