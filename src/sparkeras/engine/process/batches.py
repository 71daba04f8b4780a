"""A shard as the batches that Keras' ``fit`` asks for, in the seeded order of ``shards``.

Runs on: training process.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from sparkeras.engine.backends.protocols import Structure
from sparkeras.engine.columns import as_a_model_takes
from sparkeras.engine.process.ranks.step_rows import pack

if TYPE_CHECKING:
    from sparkeras.engine.columns import Field
    from sparkeras.engine.shards import Shard, StepRanges


class ShardBatches(keras.utils.PyDataset):
    """The rows of a shard, batch by batch.

    Parameters
    ----------
    shard : shards.Shard
    rows
        Which rows of it, of its ``split`` or ``all_rows``.
    fields : list of columns.Field
    batch_size : int
    seed : int or None
        Seed of the order, a new one each epoch; None keeps the order of ``rows``.
    class_weight : dict of int to float, or None
    on_step : callable or None
        Called with the number of each step, counted from 1, when Keras takes its batch.

    Attributes
    ----------
    counts : bool
        False where the rows are one spare row, whose metrics are left out.
    input_name : str or None
        Of a model that takes its one input in a dict.
    """

    counts = True
    input_name: str | None = None

    def __init__(
        self,
        shard: Shard[Any],
        rows: Any,
        fields: Sequence[Field],
        batch_size: int,
        seed: int | None = None,
        class_weight: dict[int, float] | None = None,
        on_step: Callable[[int], None] | None = None,
    ) -> None:
        super().__init__()
        self.rows, self.fields, self.reader = rows, fields, shard.reader(rows)
        self.batch_size, self.seed, self.class_weight = batch_size, seed, class_weight
        self.on_step = on_step
        self.start_epoch(0)

    def __len__(self) -> int:
        return -(-len(self.rows) // self.batch_size)

    def __getitem__(self, step: int) -> tuple[Structure, ...]:
        """Return (x,), (x, y) or (x, y, row weights) of one step."""
        if self.on_step:
            self.on_step(step + 1)
        x, y, weights = self._rows(step * self.batch_size, (step + 1) * self.batch_size)
        if y is None:
            return (x,)
        return (x, y) if weights is None else (x, y, weights)

    def _rows(self, first: int, last: int) -> tuple[Structure, Structure | None, np.ndarray | None]:
        arrays = self.reader.take(first, last)
        x, y = self._pick("input", arrays), self._pick("label", arrays)
        return x, y, self._weights(y, arrays)

    def start_epoch(self, epoch: int) -> None:
        """Draw the order of ``epoch``, counted from 0.

        A callback calls this: Keras resets a data set between epochs, but also before the first.
        """
        self.reader.start(self.seed, epoch)

    def _pick(self, role: str, arrays: dict[str, np.ndarray]) -> Structure | None:
        arrays = {f.name: arrays[f.key] for f in self.fields if f.role == role}
        if not arrays:
            return None
        if role == "input" and self.input_name:
            return {self.input_name: next(iter(arrays.values()))}
        if len(arrays) == 1 or role == "input":
            return as_a_model_takes(arrays)
        return tuple(arrays.values())  # in the model's order, which is that of the fields; TensorFlow takes no list

    def _weights(self, y: Structure | None, arrays: dict[str, np.ndarray]) -> np.ndarray | None:
        weights = self._pick("weight", arrays)
        if self.class_weight and y is not None:
            # As in Keras: a row of one number per class belongs to the class of the largest.
            numbers = np.round(y.argmax(axis=1) if y.ndim > 1 and y.shape[1] > 1 else y.ravel())
            of_class = np.array([self.class_weight.get(int(number), 1.0) for number in numbers], np.float32)
            weights = of_class if weights is None else weights * of_class
        return weights


class RankBatches(ShardBatches):
    """One rank's part of each step, with its rows as ``step_rows`` packs them.

    Parameters
    ----------
    share : shards.StepRanges
    equal_shapes : bool
        Whether all local batches must have one width: then they are padded. Else only a rank without a row in a step
        gets one row of padding.

    Attributes
    ----------
    gathers : bool
        Whether steps gather the rows of all ranks.
    """

    def __init__(self, share: StepRanges, equal_shapes: bool, *arguments: Any, **settings: Any) -> None:
        self.share, self.equal_shapes, self.gathers = share, equal_shapes, False
        super().__init__(*arguments, **settings)

    @property
    def pads(self) -> bool:
        """Whether some local batches have padding."""
        if self.equal_shapes:
            return self.share.pads
        return any(first == last for first, last in map(self.share.bounds, range(len(self))))

    @property
    def weighted(self) -> bool:
        """Whether the user's rows have weights."""
        return bool(self.class_weight) or any(field.role == "weight" for field in self.fields)

    def first_rows(self, count: int) -> tuple[Structure, Structure | None, np.ndarray | None]:
        """Return the first ``count`` rows: (x, y, weights), weights None where there are none."""
        x, y, weights = self._rows(0, min(count, len(self.rows)))
        parts = (x, y, weights if self.weighted else None)
        return _all_padded(parts, count)

    def __len__(self) -> int:
        return self.share.steps

    def __getitem__(self, step: int) -> tuple[Structure, ...]:
        """Return (x, y, packed rows) of one step."""
        if self.on_step:
            self.on_step(step + 1)
        first, last = self.share.bounds(step)
        x, y, weights = self._rows(first, last)
        weights = np.ones(last - first, np.float32) if weights is None else weights
        width = self.share.width if self.equal_shapes else max(last - first, 1)
        x, y = _all_padded((x, y), width)
        widest = self.share.width if self.gathers else None
        return x, y, pack(weights, width, self.share.real_rows(step), widest)


def _all_padded(parts: Structure, width: int) -> Structure:
    """Return arrays with ``width`` rows each; None stays None."""
    return keras.tree.map_structure(lambda part: part if part is None else _padded(part, width), parts)


def _padded(array: np.ndarray, width: int) -> np.ndarray:
    """Return ``array`` with ``width`` rows."""
    missing = width - len(array)
    if not missing:
        return array
    # A real row once more: zeros may be no valid input, and a loss of NaN counts even with a weight of 0.
    filling = array[:1] if len(array) else np.zeros((1, *array.shape[1:]), array.dtype)
    return np.concatenate([array, np.repeat(filling, missing, axis=0)])
