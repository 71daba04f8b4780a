"""Keras' callbacks that write files or records: with several workers, only rank 0 calls them.

Runs on: driver, training process.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from sparkeras.engine.internals import keras_internals
from sparkeras.errors import InvalidParamError, TrainingError

if TYPE_CHECKING:
    from sparkeras.engine.backends.protocols import Group

_NAMES = ("ModelCheckpoint", "CSVLogger", "TensorBoard", "BackupAndRestore", "RemoteMonitor", "OrbaxCheckpoint")
WRITERS = tuple(getattr(keras.callbacks, name) for name in _NAMES if hasattr(keras.callbacks, name))


def require_alone(callbacks: Iterable[keras.callbacks.Callback] | None, workers: int, backend: str) -> None:
    """Raise InvalidParamError for a callback that waits for all workers where one of them writes.

    Parameters
    ----------
    callbacks : list of keras.callbacks.Callback, or None
    workers : int
    backend : str
    """
    # Keras' callback uses Orbax' Checkpointer, which makes its folder with all processes and cannot leave some out
    # (orbax-checkpoint 0.12: "create=True with active_processes set is not supported").
    orbax = getattr(keras.callbacks, "OrbaxCheckpoint", ())
    if workers > 1 and backend == "jax" and any(isinstance(each, orbax) for each in callbacks or []):
        raise InvalidParamError(
            "OrbaxCheckpoint waits for all processes that JAX knows, and one of several workers writes the files. Use "
            "ModelCheckpoint, or set num_workers=1."
        )


def of_rank(callbacks: Sequence[keras.callbacks.Callback], group: Group | None) -> list[keras.callbacks.Callback]:
    """Return the callbacks that a rank calls, in their order.

    Parameters
    ----------
    callbacks : list of keras.callbacks.Callback
        The user's.
    group : backends' Group or None
    """
    if group is None:
        return list(callbacks)
    used = [each if group.rank == 0 or not isinstance(each, WRITERS) else _reader(each) for each in callbacks]
    backups = [each.backup_dir for each in callbacks if isinstance(each, keras.callbacks.BackupAndRestore)]
    return [each for each in used if each] + ([AgreedBeginning(group, backups[0])] if backups else [])


def _reader(callback: keras.callbacks.Callback) -> Restores | None:
    return Restores(callback) if isinstance(callback, keras.callbacks.BackupAndRestore) else None


class Restores(keras.callbacks.Callback):
    """BackupAndRestore on a rank that does not write: it begins at the end of the backup.

    Parameters
    ----------
    backup : keras.callbacks.BackupAndRestore
    """

    def __init__(self, backup: keras.callbacks.BackupAndRestore) -> None:
        super().__init__()
        self.backup = backup

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        # The backup's seeds are the first rank's; the same dropout on every rank would drop the same units everywhere.
        seeds = [v for v in self.model.non_trainable_variables if v.path.endswith("seed_generator_state")]
        own = [keras.ops.convert_to_numpy(variable.value).copy() for variable in seeds]
        self.backup.set_model(self.model)
        self.backup.on_train_begin(logs)
        for variable, (seed, _) in zip(seeds, own, strict=True):
            restored = keras.ops.convert_to_numpy(variable.value).copy()
            restored[0] = seed
            variable.assign(restored)


class AgreedBeginning(keras.callbacks.Callback):
    """Require that all ranks begin with the same epoch; comes after the callbacks that restore.

    Parameters
    ----------
    group : backends' Group
    backup : str
        Path of the backup, for the error.
    """

    def __init__(self, group: Group, backup: str) -> None:
        super().__init__()
        self.group, self.backup = group, backup

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        epochs = np.zeros(self.group.ranks, np.int32)
        epochs[self.group.rank] = keras_internals.initial_epoch(self.model)
        epochs = self.group.sum(epochs)
        if (epochs != epochs[0]).any():
            raise TrainingError(
                f"The workers find different backups in {self.backup!r} (of the epochs {', '.join(map(str, epochs))}). "
                "Give BackupAndRestore a folder that all workers share, or a relative path."
            )
