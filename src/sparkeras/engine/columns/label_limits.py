"""Limits of labels, row weights and ids of an Embedding: bounds, whole or not, a sum of 1.

Runs on: driver, Spark task, training process.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

TOLERANCE = 0.011  # of a sum: shares are often written with two decimals
_SHOWN = 6  # numbers of a row


class Limits(NamedTuple):
    """Limits of a label; nulls and NaNs are checked elsewhere.

    Attributes
    ----------
    low, high : float or None
        Bounds, both included; None for none.
    whole : bool
        Whether numbers are whole.
    also : tuple
        Numbers beyond the bounds that are allowed too, e.g. the class that a loss ignores.
    apart : tuple
        Two numbers that exclude each other: where rows hold the first, the second is wrong.
    shares : bool
        Whether the numbers of a row are the shares of classes and sum to 1. Rows within a sequence or an image may sum
        to 0: padding, which counts nothing.
    axis : int
        Of the classes.
    whose : str
        Whose limits they are, e.g. ``"the loss 'poisson'"``; empty for any loss.
    cure : str
        The fix for a wrong label, a sentence.
    noun : str
        What the numbers are, e.g. ``"id"``.
    """

    low: float | None = None
    high: float | None = None
    whole: bool = True
    also: tuple[float, ...] = ()
    apart: tuple[float, ...] = ()
    shares: bool = False
    axis: int = -1
    whose: str = "the model's output"
    cure: str = "Number the classes from 0, e.g. with StringIndexer, or give the model more output units."
    noun: str = "label"

    def wrong(self, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return masks: which numbers of (rows, ...) labels are out of bounds, and which of their rows do not sum to 1.

        Returns
        -------
        beyond : (rows, ...) bool array
        unequal : bool array
            Shape of ``labels`` without the axis of the classes; False throughout unless ``shares``.
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

    def find(self, labels: np.ndarray) -> tuple[int, str]:
        """Return the number of wrong rows of (rows, ...) labels, and the contents of the first one as text."""
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

    def message(self, column: str, example: str, count: int, rows: int) -> str:
        """Return the error message for wrong labels.

        Parameters
        ----------
        column : str
            Of ``Field.title``, the beginning of the sentence.
        example : str
            Of ``find``.
        count, rows : int
            Wrong rows, and all rows.
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

    def _expected(self) -> str:
        kind = "whole numbers" if self.whole else "numbers" if self.whose else "weights"
        if self.low is None:
            return "finite numbers"
        also = "".join(f", or {number}" for number in self.also)
        bounds = f"of {self.low} or more" if self.high is None else f"from {self.low} to {self.high}"
        apart = f", not {self.apart[0]} and {self.apart[1]} together" if self.apart else ""
        return f"{kind} {bounds}{also}{apart}"


FINITE = Limits(whole=False, whose="", cure="Mend or filter it")
WEIGHT = FINITE._replace(low=0)


def ids_below(size: int) -> Limits:
    """Return the Limits of ids for an Embedding of ``size`` rows; it fails on others, or gives NaN."""
    cure = f"Number the ids from 0, e.g. with StringIndexer, or give the Embedding more than {size} rows (input_dim)."
    return Limits(0, size - 1, whole=False, whose="the model's Embedding", cure=cure, noun="id")


def _sum_cure(example: str) -> str:
    if example.startswith("a row that sums to 0:"):
        return (
            "A OneHotEncoder gives such rows for the last class, which it leaves out: make it with dropLast=False, and "
            "give the model one output unit per class."
        )
    return (
        "Give one-hot rows, divide shares by their sum, or compile with 'binary_crossentropy' and sigmoid units where "
        "several classes may apply at once."
    )
