"""How much each column of a table alone says of the label; one that says all is usually a leak.

Runs on: driver.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import numpy as np

from sparkeras.runs.table_facts import linear
from sparkeras.runs.table_facts.scores import area

if TYPE_CHECKING:
    from sparkeras.features.kinds import Learned
    from sparkeras.runs.table_facts.sample import Sample

LEAK = 0.99  # area under the ROC curve, or R², from which a column gives the label away
_BINS = 64
_FEWEST = 5  # rows of a class in each half; with fewer chance alone reaches LEAK
_MOST_CLASSES = 10
_WIDE = 20  # numbers of a column from which it is judged as a whole

Guess = Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]


def strengths(sample: Sample, seed: int) -> dict[str, float | None]:
    """Return how well each column alone predicts the label: fitted to one half of the rows, judged on the other.

    So an id that every row has for itself says nothing, however well it could be memorised.

    Parameters
    ----------
    sample : Sample
        Of training rows.
    seed : int
        Of the halves.

    Returns
    -------
    dict of str to float or None
        By column: the area under the ROC curve, of several classes that of the class told apart worst; of amounts R²,
        of the amounts or of their ranks. None where the rows are too few to tell.
    """
    first = np.random.default_rng(seed).permutation(sample.rows) < sample.rows // 2
    targets = _targets(sample, first)
    columns = zip(sample.names, sample.spec.columns, sample.encoded, strict=True)
    if targets is None:
        return dict.fromkeys(sample.names)
    judge = _areas if sample.spec.label and sample.spec.label.classes else _fits
    return {
        name: max(judge(guess[~first], targets[~first]) for guess in _guesses(column, array, targets, first))
        for name, column, array in columns
    }


def _targets(sample: Sample, first: np.ndarray) -> np.ndarray | None:
    """Return amounts as (rows, 1), classes as (rows, classes) of 0 and 1; None where there is too little to judge."""
    if sample.spec.label is None or sample.spec.label.classes is None:
        return sample.label[:, None].astype(float) if sample.rows >= 4 * _FEWEST else None
    halves = [np.bincount(sample.label[half].astype(int), minlength=2) for half in (first, ~first)]
    size = max(map(len, halves))
    fewest = np.minimum(*(np.pad(half, (0, size - len(half))) for half in halves))
    judged = np.argsort(-fewest, kind="stable")[:_MOST_CLASSES]
    judged = judged[fewest[judged] >= _FEWEST]
    if len(judged) < 2:
        return None
    judged = judged[1:] if len(judged) == 2 else judged  # of two classes each says what the other does
    return (sample.label[:, None] == judged).astype(float)


def _guesses(column: Learned, array: np.ndarray, targets: np.ndarray, first: np.ndarray) -> Iterator[np.ndarray]:
    """Yield what each simple model of a column says of the targets, (rows, targets), fitted to the ``first`` rows."""
    if column.kind == "text" or array.shape[1] > _WIDE:
        yield _linear(column, array, targets, first)
        return
    for values in array.T:
        yield _by_value(values, targets, first)
        if not column.ids:
            yield _by_order(values, targets, first)


def _by_value(values: np.ndarray, targets: np.ndarray, first: np.ndarray) -> np.ndarray:
    """Return the mean target of the first rows with the same value; that of all of them for other values."""
    _, place = np.unique(values, return_inverse=True)
    counts = np.bincount(place[first], minlength=place.max() + 1)
    means = np.tile(targets[first].mean(axis=0), (len(counts), 1))
    for number in range(targets.shape[1]):
        sums = np.bincount(place[first], targets[first, number], minlength=len(counts))
        means[counts > 0, number] = sums[counts > 0] / counts[counts > 0]
    return means[place]


def _by_order(values: np.ndarray, targets: np.ndarray, first: np.ndarray) -> np.ndarray:
    """Return the targets as lines through the means of bins of as many first rows each."""
    known = values[first]
    bins = min(_BINS, max(2, len(known) // _FEWEST))
    edges = np.unique(np.quantile(known, np.linspace(0, 1, bins + 1)))[1:-1]
    place = np.searchsorted(edges, known)
    counts = np.bincount(place, minlength=len(edges) + 1)
    there = counts > 0
    centre = np.bincount(place, known, len(counts))[there] / counts[there]
    lines = []
    for target in targets[first].T:
        mean = np.bincount(place, target, len(counts))[there] / counts[there]
        lines.append(np.interp(values, centre, mean))
    return np.stack(lines, axis=1)


def _linear(column: Learned, array: np.ndarray, targets: np.ndarray, first: np.ndarray) -> np.ndarray:
    """Return what a linear model of the words or numbers says of each target."""
    x, guesses = linear.matrix([column], [array]), []
    are_classes = set(np.unique(targets)) <= {0.0, 1.0}
    for target in targets.T:
        model = linear.fitted(x[first], target[first], 2 if are_classes else None)
        if model is None:
            guesses.append(np.full(len(target), target[first].mean()))
        else:
            output = linear.outputs(model, x, 2 if are_classes else None)
            guesses.append(output[:, 1] if are_classes else output)
    return np.stack(guesses, axis=1)


def _areas(guess: np.ndarray, targets: np.ndarray) -> float:
    return min(area(target, score) for target, score in zip(targets.T, guess.T, strict=True))


def _fits(guess: np.ndarray, targets: np.ndarray) -> float:
    """Return R² of amounts, or that of their ranks, which a few large amounts do not rule, where it is larger."""
    from scipy.stats import rankdata

    guess, target = guess[:, 0], targets[:, 0]
    total = ((target - target.mean()) ** 2).sum()
    ranks = rankdata(guess), rankdata(target)
    if not total or np.ptp(ranks[0]) == 0:
        return 0.0
    r2 = 1 - ((target - guess) ** 2).sum() / total
    return float(max(r2, max(np.corrcoef(*ranks)[0, 1], 0.0) ** 2, 0.0))
