"""The beginning of a model for the columns of a table, of plain Keras layers.

Runs on: driver.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from sparkeras.zoo.parts import falling_rate

ONE_HOT_UP_TO = 8  # ids; more get an Embedding
PIECES = 8  # numbers that each column of numbers becomes
LEARNING_RATE, WEIGHT_DECAY = 0.003, 0.01
Tensor = Any


@dataclass(frozen=True)
class Table:
    """The inputs of a model for a table, see ``sparkeras.features``.

    Attributes
    ----------
    mean, variance : (n,) arrays
        Of each number of the input ``"numbers"``; n may be 0.
    bins : tuple of tuple of float
        The edges of the bins of each number, ascending; fewer than three: none.
    ids : tuple of int
        How many ids each column of the input ``"ids"`` has.
    texts : tuple of (str, int, int)
        Name of the input, words per row, ids of words, for each column of texts.
    """

    mean: np.ndarray
    variance: np.ndarray
    bins: tuple[tuple[float, ...], ...]
    ids: tuple[int, ...]
    texts: tuple[tuple[str, int, int], ...] = ()

    def inputs(self) -> dict[str, Tensor]:
        """Return the inputs of a model by name, each (rows, width)."""
        inputs = {}
        if len(self.mean):
            inputs["numbers"] = keras.Input((len(self.mean),), name="numbers")
        if self.ids:
            inputs["ids"] = keras.Input((len(self.ids),), name="ids", dtype="int32")
        return inputs | {name: keras.Input((length,), name=name, dtype="int32") for name, length, _ in self.texts}


def model_of(inputs: Tensor | dict[str, Tensor], output: Tensor, name: str) -> keras.Model:
    """Return the model from ``Table.inputs`` to an output."""
    return keras.Model(inputs, output, name=name)


def encoded(table: Table, inputs: dict[str, Tensor], width: int | None = None) -> list[Tensor]:
    """Return the columns as tensors (rows, ...): numbers standardized, ids one-hot or embedded, words averaged.

    Parameters
    ----------
    table : Table
    inputs : dict of str to tensor
        Of ``table.inputs()``.
    width : int, optional
        Of every embedding; by default ``embedding_width`` of each.
    """
    parts = []
    if "numbers" in inputs:
        standardize = keras.layers.Normalization(mean=table.mean, variance=table.variance, name="standardize")
        parts.append(standardize(inputs["numbers"]))
    if table.ids:
        parts += _of_ids(table.ids, inputs["ids"], width)
    for name, _, size in table.texts:
        words = keras.layers.Embedding(size, width or embedding_width(size), mask_zero=True)(inputs[name])
        parts.append(keras.layers.GlobalAveragePooling1D()(words))
    return parts


def piecewise(table: Table, numbers: Tensor, width: int) -> Tensor:
    """Return numbers (rows, n) as (rows, n * width): each piecewise linear in its bins, then a small layer of its own.

    The t-th of a number's values is 0 below its t-th bin, 1 above, and rises linearly within: Gorishniy, Rubachev and
    Babenko 2022, On Embeddings for Numerical Features in Tabular Deep Learning, https://arxiv.org/abs/2203.05556.
    """
    most = max((len(edges) for edges in table.bins), default=0) - 1
    if most < 2:
        return None
    binned = [place for place, edges in enumerate(table.bins) if len(edges) > 2]
    slope, start = np.zeros((len(binned), most), np.float32), np.zeros((len(binned), most), np.float32)
    for row, place in enumerate(binned):
        edges = np.array(table.bins[place], np.float32)
        widths = np.diff(edges)
        slope[row, : len(widths)], start[row, : len(widths)] = 1 / widths, -edges[:-1] / widths
    if len(binned) < len(table.bins):
        numbers = keras.ops.take(numbers, binned, axis=1)
    steps = keras.ops.expand_dims(numbers, -1) * slope + start
    steps = keras.layers.ReLU(max_value=1.0, name="piecewise")(steps)
    small = keras.layers.EinsumDense("bnt,ntw->bnw", (len(binned), width), bias_axes="nw", activation="relu")
    return keras.layers.Flatten()(small(steps))


def vector(table: Table, inputs: dict[str, Tensor], width: int | None = None, pieces: int = 0) -> Tensor:
    """Return the columns as one vector per row, (rows, n): those of ``encoded``, and ``piecewise`` where asked for."""
    parts = encoded(table, inputs, width)
    if pieces and "numbers" in inputs:
        made = piecewise(table, inputs["numbers"], pieces)
        parts += [] if made is None else [made]
    return parts[0] if len(parts) == 1 else keras.layers.Concatenate(name="encoded")(parts)


def compile_for_table(model: keras.Model, steps: int, is_regression: bool) -> None:
    """Compile a model with AdamW, whose learning rate falls from 0.003 to almost nothing within ``steps``."""
    model.compile(
        keras.optimizers.AdamW(falling_rate(LEARNING_RATE, steps), weight_decay=WEIGHT_DECAY, global_clipnorm=1.0),
        "mean_squared_error" if is_regression else "sparse_categorical_crossentropy",
        metrics=["mean_absolute_error" if is_regression else "accuracy"],
    )


def embedding_width(size: int) -> int:
    """Return 1.6 n^0.56 for n ids, from 2 to 16 (after fastai's rule, Howard and Gugger 2020, which ends at 600)."""
    return min(16, max(2, round(1.6 * size**0.56)))


def _of_ids(sizes: tuple[int, ...], ids: Tensor, width: int | None) -> list[Tensor]:
    """Return ids (rows, columns) as tensors (rows, n), a layer for all columns of one size or width: few are quick."""
    groups: dict[tuple[bool, int], list[int]] = {}
    for place, size in enumerate(sizes):
        is_small = size <= ONE_HOT_UP_TO
        groups.setdefault((is_small, size if is_small else width or embedding_width(size)), []).append(place)
    parts = []
    for (is_small, number), places in groups.items():
        picked = ids if len(places) == len(sizes) else keras.ops.take(ids, places, axis=1)
        if is_small:
            made = keras.layers.CategoryEncoding(number, output_mode="one_hot")(picked)
        else:  # each column has rows of its own in their common table
            ends = np.cumsum([sizes[place] for place in places], dtype=np.int32)
            made = keras.layers.Embedding(int(ends[-1]), number)(picked + np.append(np.int32(0), ends[:-1]))
        parts.append(keras.layers.Flatten()(made) if len(made.shape) > 2 else made)
    return parts
