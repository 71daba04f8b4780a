"""Check the labels of a subclassed model, whose outputs are known only once Keras has built it in ``fit``.

Runs on: training process.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import keras

from sparkeras.engine.blueprint.label_rules import label_limits
from sparkeras.engine.blueprint.targets import targets_of
from sparkeras.engine.shards import Inspection

if TYPE_CHECKING:
    from sparkeras.engine.columns import Field
    from sparkeras.engine.shards import Shard

_AT_ONCE = 4096  # rows


class LabelsOfBuiltModel(keras.callbacks.Callback):
    """Raise InvalidColumnError for labels that a model's losses cannot take, once its outputs are known.

    Parameters
    ----------
    shard : shards.Shard
    parts : tuple
        The shard's rows to train on and those to validate with, of its ``split``.
    fields : list of columns.Field
    """

    def __init__(self, shard: Shard[Any], parts: tuple[Any, ...], fields: Sequence[Field]) -> None:
        super().__init__()
        self.shard, self.parts = shard, parts
        self.labels = [field for field in fields if field.role == "label"]

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        reader = self.shard.reader(self.shard.first_row())
        reader.start(None, 0)
        arrays = reader.take(0, 1)
        keys = [field.key for field in self.labels]
        targets = targets_of(self.model, keys, [arrays[key].ndim == 1 for key in keys])
        inspection = Inspection(self.labels, label_limits(self.model, targets))
        for rows in self.parts:
            self._look_at(rows, inspection, keys)
        inspection.require_right(skip_invalid=True)  # nulls and NaN were found as the rows came

    def _look_at(self, rows: Any, inspection: Inspection, keys: list[str]) -> None:
        reader = self.shard.reader(rows)
        reader.start(None, 0)
        for first in range(0, len(rows), _AT_ONCE):
            last = min(first + _AT_ONCE, len(rows))
            arrays = reader.take(first, last)
            inspection.look({key: arrays[key] for key in keys}, last - first)
