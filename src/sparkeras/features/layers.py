"""The beginning of a model for a column spec, of plain Keras layers.

Runs on: driver. It imports Keras.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from sparkeras.features.spec import IDS, NUMBERS, Features
from sparkeras.zoo import table_layers


def table(features: Features) -> table_layers.Table:
    """Return the inputs of a model for a column spec, as ``zoo.build("tabular", ..., table=...)`` takes them."""
    blocks = features.blocks
    mean, variance = np.zeros(0), np.zeros(0)
    bins: tuple[tuple[float, ...], ...] = ()
    if NUMBERS in blocks:
        (mean, variance), bins = blocks[NUMBERS].scale(), blocks[NUMBERS].bins
    ids = tuple(each.size for each in blocks[IDS].ids) if IDS in blocks else ()
    texts = tuple(
        (name, block.shape[0], block.ids[0].size) for name, block in blocks.items() if name not in (NUMBERS, IDS)
    )
    return table_layers.Table(mean, variance, bins, ids, texts)


def inputs(features: Features) -> dict[str, Any]:
    """Return the inputs of a model for a column spec, by name: a ``keras.Model`` takes them as they are."""
    return table(features).inputs()


def encoded(features: Features, tensors: dict[str, Any], width: int | None = None, pieces: int = 0) -> Any:
    """Return one vector per row, (rows, n), of a model's ``inputs``.

    Numbers are standardized; columns of up to 8 ids become one-hot, others an Embedding; words are averaged.

    Parameters
    ----------
    features : Features
    tensors : dict of str to tensor
        Of ``inputs``.
    width : int, optional
        Of every Embedding; by default 1.6 n^0.56 for n ids, from 2 to 16.
    pieces : int
        Numbers that each number becomes beside, piecewise linear in bins; see ``zoo.table_layers.piecewise``.
    """
    return table_layers.vector(table(features), tensors, width, pieces)
