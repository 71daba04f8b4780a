"""What a model's figure loses when the values of one column are shuffled among the rows: permutation importance.

Runs on: driver.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pyarrow as pa

from sparkeras.runs.table_facts import scores

if TYPE_CHECKING:
    from sparkeras.runs.table_facts.sample import Sample

MOST_ROWS, MOST_COLUMNS, TIMES = 4096, 40, 5
BATCH = 1024

Predict = Callable[[dict[str, np.ndarray], int], np.ndarray]  # arrays by input, rows per batch -> outputs


class Importance(NamedTuple):
    """Of one column: the mean loss of the figure, and its standard deviation over the shuffles."""

    column: str
    loss: float
    spread: float


def of_columns(
    sample: Sample, predict: Predict, known: Mapping[str, float | None], seed: int
) -> tuple[list[Importance], int]:
    """Return the importance of each column, the largest first, and the number of rows that it was measured on.

    Parameters
    ----------
    sample : Sample
        Of held-out rows; up to 4,096 are used.
    predict : callable
        Takes arrays by a model's inputs and the rows of a batch; returns probabilities (rows, classes), or amounts.
    known : dict of str to float or None
        How much each column says alone: of more than 40 columns only those are shuffled that say most.
    seed : int
        Of the shuffles: five of each column.

    Notes
    -----
    Breiman 2001, Random Forests, https://doi.org/10.1023/A:1010933404324, section 10. Where two columns say the same,
    shuffling one of them costs little.
    """
    random = np.random.default_rng(seed)
    rows = min(sample.rows, MOST_ROWS)
    rows -= rows % BATCH if rows > BATCH else 0  # batches of one size: the model is compiled once
    part = sample.take(np.sort(random.choice(sample.rows, rows, replace=False)))
    batch = min(rows, BATCH)
    output = predict(_inputs(part, part.encoded), batch)
    figure = scores.main_figure(part.label, output)
    before = scores.scores(part.label, output)[figure]
    shuffles = [random.permutation(rows) for _ in range(TIMES)]
    found = []
    for name in _chosen(part, known):
        parts = [_shuffled(part, name, order) for order in shuffles]
        inputs = [_inputs(part, encoded) for encoded in parts]
        stacked = {key: np.concatenate([each[key] for each in inputs]) for key in inputs[0]}
        outputs = np.split(predict(stacked, batch), TIMES)
        losses = [before - scores.scores(part.label, each)[figure] for each in outputs]
        found.append(Importance(name, float(np.mean(losses)), float(np.std(losses))))
    return sorted(found, key=lambda each: -each.loss), rows


def _chosen(sample: Sample, known: Mapping[str, float | None]) -> list[str]:
    """Return the columns of the table to shuffle, in its order."""
    sources = list(sample.spec.sources)
    if len(sources) <= MOST_COLUMNS:
        return sources
    strength = {
        source: max(
            known.get(name) or 0.0
            for name, column in zip(sample.names, sample.spec.columns, strict=True)
            if source in column.sources
        )
        for source in sources
    }
    best = set(sorted(sources, key=lambda source: -strength[source])[:MOST_COLUMNS])
    return [source for source in sources if source in best]


def _shuffled(sample: Sample, name: str, order: np.ndarray) -> list[np.ndarray]:
    """Return the encoded columns with the values of one column of the table in another order."""
    columns = dict(sample.columns) | {name: sample.columns[name].take(pa.array(order))}
    return [
        array if name not in column.sources else array[order] if len(column.sources) == 1 else column.encode(columns)[0]
        for column, array in zip(sample.spec.columns, sample.encoded, strict=True)
    ]


def _inputs(sample: Sample, encoded: list[np.ndarray] | tuple[np.ndarray, ...]) -> dict[str, np.ndarray]:
    """Return encoded columns as the arrays that a model takes, by input."""
    arrays = {id(column): array for column, array in zip(sample.spec.columns, encoded, strict=True)}
    return {
        name: np.concatenate([arrays[id(column)] for column in block.columns], axis=1)
        for name, block in sample.spec.blocks.items()
    }
