"""A linear model on the encoded columns of a table: the baseline that a network should beat.

Runs on: driver.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

    from sparkeras.features.kinds import Learned
    from sparkeras.runs.table_facts.sample import Sample

MOST_WEIGHTS = 5_000_000
_CELLS = 400_000  # rows times classes of a logistic regression, which are to take seconds
_FARTHEST = 10.0  # spreads from the mean; a number beyond would rule the fit


def name(num_classes: int | None) -> str:
    """Return what the model is."""
    return "linear (ridge regression)" if num_classes is None else "linear (logistic regression)"


def matrix(columns: Sequence[Learned], encoded: Sequence[np.ndarray]) -> csr_matrix:
    """Return encoded columns as one sparse matrix: numbers standardized, a column of 0 and 1 for each id or word."""
    from scipy.sparse import csr_matrix, hstack

    parts: list[Any] = []
    for column, array in zip(columns, encoded, strict=True):
        if column.ids:
            parts.append(_one_hot(array, column.ids[0].size, padded=column.kind == "text"))
        else:
            mean, variance = column.scale
            spread = np.sqrt(np.where(variance > 0, variance, 1.0))
            parts.append(csr_matrix(np.clip((array - mean) / spread, -_FARTHEST, _FARTHEST)))
    return hstack(parts, format="csr")


def fitted(x: csr_matrix, label: np.ndarray, num_classes: int | None, balance: bool = False) -> Any:
    """Return scikit-learn's logistic regression of some rows, or its ridge regression of amounts; both with C = 1.

    None where a class alone is there, or the weights would be more than 5 million. ``balance``: all classes weigh the
    same together.
    """
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression, Ridge

    if x.shape[1] * (num_classes or 1) > MOST_WEIGHTS:
        return None
    if num_classes is None:
        return Ridge(alpha=1.0).fit(x, label)
    most = max(2000, _CELLS // num_classes)
    x, label = x[:most], label[:most]
    if len(np.unique(label)) < 2:
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # as good as it gets in the time
        return LogisticRegression(max_iter=100, class_weight="balanced" if balance else None).fit(x, label)


def outputs(model: Any, x: csr_matrix, num_classes: int | None) -> np.ndarray:
    """Return the probabilities (rows, classes) of a ``fitted`` model, or its amounts (rows,)."""
    if num_classes is None:
        return np.asarray(model.predict(x))
    probability = np.zeros((x.shape[0], num_classes))
    probability[:, model.classes_.astype(int)] = model.predict_proba(x)
    return probability


def of_samples(train: Sample, test: Sample, num_classes: int | None, balance: bool) -> np.ndarray | None:
    """Fit the model to one Sample and return its outputs for another; None where there is none, see ``fitted``."""
    columns = train.spec.columns
    model = fitted(matrix(columns, train.encoded), train.label, num_classes, balance)
    return None if model is None else outputs(model, matrix(columns, test.encoded), num_classes)


def _one_hot(ids: np.ndarray, size: int, padded: bool) -> csr_matrix:
    """Return ids (rows, width) as (rows, size): 1 where an id is in a row; where ``padded``, the id 0 is none."""
    from scipy.sparse import csr_matrix

    rows = np.repeat(np.arange(len(ids)), ids.shape[1])
    places = ids.ravel()
    if padded:
        rows, places = rows[places > 0], places[places > 0]
    found = csr_matrix((np.ones(len(places)), (rows, places)), (len(ids), size))
    found.data[:] = 1.0  # a word that a text has twice
    return found
