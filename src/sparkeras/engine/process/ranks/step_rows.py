"""The rows of one training or validation step, of this rank and of all.

Runs on: training process.

Each rank computes ``width`` rows, some of them padding. They come with three numbers each (``pack``): the user's
weight, 1 for a real row and 0 for padding, and the real rows of the whole step. Where rows of all ranks are gathered,
an empty array beside has their number in its shape: a compiled step may depend on shapes only.
"""

from __future__ import annotations

from dataclasses import dataclass

import keras
import numpy as np
from keras import ops

from sparkeras.engine.backends.protocols import Group, Structure, Tensor
from sparkeras.engine.internals import keras_internals


def pack(
    weights: np.ndarray, width: int, real_rows: int, widest: int | None = None
) -> np.ndarray | tuple[np.ndarray, np.ndarray]:
    """Return the rows of one local batch as a step takes them.

    Parameters
    ----------
    weights : (n,) array
        The user's weights (1 without) of this rank's n real rows.
    width : int
        Rows of the local batch with its padding.
    real_rows : int
        Real rows of the whole step, over all ranks.
    widest : int or None
        Most rows that any rank has in this step, where rows are gathered.
    """
    packed = np.zeros((width, 3), np.float32)
    packed[: len(weights), 0] = weights
    packed[: len(weights), 1] = 1
    packed[:, 2] = real_rows
    return packed if widest is None else (packed, np.zeros((width, 0, widest, real_rows), np.float32))


@dataclass(frozen=True)
class StepRows:
    """Rows of the step at work.

    Attributes
    ----------
    group : backends' Group
    packed : (width, 3) tensor
    sizes : (width, 0, widest, rows of all ranks) tensor or None
        None where no rows are gathered.
    """

    group: Group
    packed: Tensor
    sizes: Tensor = None

    @classmethod
    def of(cls, group: Group, packed: Structure) -> StepRows:
        """Return the StepRows of a batch that ``pack`` packed."""
        return cls(group, *packed) if isinstance(packed, list | tuple) else cls(group, packed)

    @property
    def weights(self) -> Tensor:
        """The user's row weights (width,)."""
        return self.packed[:, 0]

    @property
    def real(self) -> Tensor:
        """1 for a real row, 0 for padding (width,)."""
        return self.packed[:, 1]

    @property
    def count(self) -> Tensor:
        """Real rows of the step over all ranks, a number."""
        return self.packed[0, 2]

    @property
    def ranks(self) -> int:
        """Ranks of the training."""
        return self.group.ranks

    def share(self) -> Tensor:
        """Return this rank's part of the step's real rows, 0 to 1."""
        return ops.sum(self.real) / self.count

    def of_all(self, arrays: Structure, with_gradient: bool = False) -> Structure:
        """Return the real rows of all ranks, rank by rank, of each array (width, ...) in a structure.

        Parameters
        ----------
        arrays : structure of tensors or None
        with_gradient : bool
            Whether this rank's own rows keep their gradient, ``ranks`` times: the mean of the ranks' gradients is then
            that of a function of all rows.
        """
        return keras.tree.map_structure(lambda array: self._gathered(array, with_gradient), arrays)

    def _gathered(self, array: Tensor | None, with_gradient: bool) -> Tensor | None:
        if array is None:
            return None
        mask = keras_internals.mask_of(array)
        array = ops.convert_to_tensor(array)
        width, count = self.sizes.shape[2:]
        padded = _padded(array, width)
        rows = self.group.gather_inside(ops.stop_gradient(padded))
        if with_gradient and keras.backend.is_float_dtype(keras.backend.standardize_dtype(array.dtype)):
            own = padded + (self.ranks - 1) * (padded - ops.stop_gradient(padded))
            first = (self.group.place_inside() * width, *[0] * (len(array.shape) - 1))
            rows = ops.slice_update(rows, first, own)
        real = self.group.gather_inside(_padded(self.real, width))
        picked = ops.take(rows, ops.argsort(1 - real)[:count], axis=0)
        if mask is not None:
            keras_internals.set_mask(picked, self._gathered(mask, False))
        return picked


def _padded(array: Tensor, width: int) -> Tensor:
    missing = width - array.shape[0]
    return ops.pad(array, [[0, missing], *[[0, 0]] * (len(array.shape) - 1)]) if missing else array
