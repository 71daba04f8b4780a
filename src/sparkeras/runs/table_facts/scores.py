"""Figures of predictions for the rows of a table: what a model is compared with its baselines by.

Runs on: driver.
"""

from __future__ import annotations

import numpy as np

Scores = dict[str, float]
OF_CLASSES, OF_TWO, OF_AMOUNTS = "accuracy", "auc", "r2"
# What a figure is called in words.
WORDS = {
    "accuracy": "accuracy",
    "mean_recall": "mean recall",
    "auc": "area under the ROC curve",
    "root_mean_squared_error": "RMSE",
    "mean_absolute_error": "MAE",
    "r2": "R²",
}


def scores(label: np.ndarray, output: np.ndarray) -> Scores:
    """Return the figures of probabilities (rows, classes), or of amounts (rows,), by name.

    Of classes ``accuracy``, ``mean_recall`` over the classes, and ``auc`` of two that both occur; of amounts
    ``root_mean_squared_error``, ``mean_absolute_error`` and ``r2``.
    """
    if output.ndim == 1:
        error = output - label
        squared, total = float((error**2).mean()), float(((label - label.mean()) ** 2).mean())
        r2 = 1 - squared / total if total > 0 else np.nan
        return {"root_mean_squared_error": squared**0.5, "mean_absolute_error": float(abs(error).mean()), "r2": r2}
    right = output.argmax(axis=1) == label
    recalls = [right[label == each].mean() for each in np.unique(label)]
    found = {"accuracy": float(right.mean()), "mean_recall": float(np.mean(recalls))}
    return found | ({"auc": area(label, output[:, 1])} if is_two(label, output) else {})


def is_two(label: np.ndarray, output: np.ndarray) -> bool:
    """Tell whether these are two classes, of which both occur."""
    return output.ndim == 2 and output.shape[1] == 2 and len(np.unique(label)) == 2


def main_figure(label: np.ndarray, output: np.ndarray) -> str:
    """Return the name of the figure that says most: the larger, the better."""
    if output.ndim == 1:
        return OF_AMOUNTS
    return OF_TWO if is_two(label, output) else OF_CLASSES


def area(positive: np.ndarray, score: np.ndarray) -> float:
    """Return the area under the ROC curve of scores (rows,), for rows that are positive, or not, (rows,).

    It is the share of pairs in which the positive row has the higher score (Hanley and McNeil 1982).
    """
    from scipy.stats import rankdata

    chosen = np.asarray(positive) == 1
    ranks, count = rankdata(score), int(chosen.sum())
    pairs = count * (len(ranks) - count)
    return float((ranks[chosen].sum() - count * (count + 1) / 2) / pairs) if pairs else float("nan")
