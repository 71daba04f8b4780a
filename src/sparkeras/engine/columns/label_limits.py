"""What a label must be for its loss, a row's weight, or the ids of an Embedding: bounds, whole or not, a sum of 1.

Runs on: driver, Spark task, training process.
"""

from typing import NamedTuple

import numpy as np

TOLERANCE = 0.011  # of a sum: shares are often written with two decimals
_SHOWN = 6  # numbers of a row


class Limits(NamedTuple):
    """What a label must be; nulls and NaNs are looked at elsewhere.

    Attributes
    ----------
    low, high : float or None
        Bounds, both included; None for none.
    whole : bool
        Whether numbers are whole.
    also : tuple
        Numbers beyond the bounds that are right too, e.g. the class that a loss ignores.
    apart : tuple
        Two numbers that do not go together: where rows hold the first, the second is wrong.
    shares : bool
        Whether the numbers of a row, which are classes' shares, sum to 1. Rows within a sequence or an image may sum to
        0: they count nothing, as padding should.
    axis : int
        Of the classes.
    whose : str
        Who asks, e.g. ``"the loss 'poisson'"``; empty for what any loss asks.
    cure : str
        What to do about a label that is wrong.
    noun : str
        What a number is.
    """

    low: float | None = None
    high: float | None = None
    whole: bool = True
    also: tuple = ()
    apart: tuple = ()
    shares: bool = False
    axis: int = -1
    whose: str = "the model's output"
    cure: str = "Number the classes from 0, e.g. with StringIndexer, or give the model more output units."
    noun: str = "label"

    def wrong(self, labels):
        """Return which numbers of (rows, ...) labels are out of bounds, and which of their rows do not sum to 1.

        Returns
        -------
        beyond : (rows, ...) bool array
        unequal : bool array
            Shape of ``labels`` without the axis of the classes; False throughout where no sum is asked for.
        """
        beyond = ~np.isfinite(labels) if labels.dtype.kind == "f" else np.zeros(labels.shape, bool)
        if self.low is not None:
            beyond |= labels < self.low
        if self.high is not None:
            beyond |= labels > self.high
        if self.whole:
            beyond |= labels != np.floor(labels)
        if self.also:
            beyond &= ~np.isin(labels, self.also)
        if self.apart and (labels == self.apart[0]).any():
            beyond |= labels == self.apart[1]
        if not self.shares or labels.ndim < 2:
            return beyond, np.zeros(len(labels), bool)
        sums = np.maximum(labels, 0).sum(axis=self.axis, dtype=np.float64)
        unequal = np.abs(sums - 1) > TOLERANCE
        if labels.ndim > 2:
            unequal &= sums != 0
        return beyond, unequal

    def find(self, labels):
        """Return how many rows of (rows, ...) labels are wrong, and what the first of them holds, in words."""
        beyond, unequal = self.wrong(labels)
        rows = beyond.reshape(len(labels), -1).any(axis=1) | unequal.reshape(len(labels), -1).any(axis=1)
        if not rows.any():
            return 0, ""
        first = int(np.argmax(rows))
        if beyond[first].any():
            return int(rows.sum()), str(labels[first][beyond[first]].ravel()[0])
        vectors = np.moveaxis(labels[first], self.axis if self.axis < 0 else self.axis - 1, -1)
        vector = vectors.reshape(-1, vectors.shape[-1])[int(np.argmax(unequal[first]))]
        shown = ", ".join(f"{number:g}" for number in vector[:_SHOWN]) + (", ..." if len(vector) > _SHOWN else "")
        return int(rows.sum()), f"a row that sums to {np.maximum(vector, 0).sum():g}: [{shown}]"

    def words(self, column, example, count, rows):
        """Return the sentences about labels that are wrong.

        Parameters
        ----------
        column : str
            The column, as a sentence begins with it.
        example : str
            Of ``find``.
        count, rows : int
            Rows that are wrong, and all rows.
        """
        share = f"{count:,} of {rows:,} rows"
        if not self.whose:
            return f"{column} holds {example}; expected {self._expected()}. {self.cure} ({share})."
        if example.startswith("a row"):
            return (
                f"{column} holds {example}; {self.whose} takes rows that sum to 1, and {share} are others. "
                f"{_sum_cure(example)}"
            )
        return (
            f"{column} holds the {self.noun} {example}; {self.whose} takes {self._expected()}, and {share} "
            f"hold others. {self.cure}"
        )

    def _expected(self):
        kind = "whole numbers" if self.whole else "numbers" if self.whose else "weights"
        if self.low is None:
            return "finite numbers"
        also = "".join(f", or {number}" for number in self.also)
        bounds = f"of {self.low} or more" if self.high is None else f"from {self.low} to {self.high}"
        apart = f", not {self.apart[0]} and {self.apart[1]} together" if self.apart else ""
        return f"{kind} {bounds}{also}{apart}"


FINITE = Limits(whole=False, whose="", cure="Mend or filter it")
WEIGHT = FINITE._replace(low=0)


def ids_below(size):
    """Return the Limits of ids that an Embedding of ``size`` rows looks up; it fails on others, or gives NaN."""
    cure = f"Number the ids from 0, e.g. with StringIndexer, or give the Embedding more than {size} rows (input_dim)."
    return Limits(0, size - 1, whole=False, whose="the model's Embedding", cure=cure, noun="id")


def _sum_cure(example):
    if example.startswith("a row that sums to 0:"):
        return (
            "A OneHotEncoder gives such rows for the last class, which it leaves out: make it with dropLast=False, and "
            "give the model one output unit per class."
        )
    return (
        "Give one-hot rows, divide shares by their sum, or compile with 'binary_crossentropy' and sigmoid units where "
        "several classes may apply at once."
    )
