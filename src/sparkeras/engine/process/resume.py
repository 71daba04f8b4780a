"""Save a checkpoint after each epoch, and resume a training from the last one.

Runs on: training process.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from sparkeras.engine.blueprint import byvalue, state
from sparkeras.engine.callbacks.travelling import pickled
from sparkeras.engine.history import TrainingHistory
from sparkeras.engine.spark_job import files
from sparkeras.engine.spark_job.checkpoints import About, Checkpoint, CheckpointFolder
from sparkeras.errors import TrainingError

if TYPE_CHECKING:
    from sparkeras.engine.backends.protocols import Group, Structure
    from sparkeras.engine.spark_job.job import Job


class Resumption(keras.callbacks.Callback):
    """Resume from the last checkpoint before training, write one after each epoch; ``fit``'s very last callback.

    Parameters
    ----------
    job : Job
    folder : CheckpointFolder
        Of this training.
    group : backends' Group or None
    callbacks : list of keras.callbacks.Callback
        The user's, all of them.
    history : TrainingHistory
    """

    def __init__(
        self,
        job: Job,
        folder: CheckpointFolder,
        group: Group | None,
        callbacks: Sequence[keras.callbacks.Callback],
        history: TrainingHistory,
    ) -> None:
        super().__init__()
        self.job, self.group, self.callbacks, self.history = job, group, callbacks, history
        self.folder = folder
        self.writes = group is None or group.rank == 0
        self.fresh = [pickled(callback) for callback in callbacks]
        self.resumed: Checkpoint | None = None
        self.appended = {id(callback): callback.append for callback in self._csv_loggers()}

    def resume(self, model: keras.Model, build_shape: Structure) -> int:
        """Set ``model``, history and files to the last checkpoint; return the epoch to begin with, 0 without one.

        Parameters
        ----------
        model : keras.Model
        build_shape : tuple or dict
            Shape of one batch, batch axis None.

        Raises
        ------
        TrainingError
            If the ranks do not find the same checkpoint.
        """
        checkpoint = self.folder.last(self.job.run)
        if checkpoint and checkpoint.about["epoch"] > self.job.settings.epochs:
            checkpoint = None  # fewer epochs were asked for this time
        finished = checkpoint.about["epoch"] if checkpoint else 0
        self._require_agreement(finished)
        if not checkpoint:
            return 0
        state.set_state(model, state.open_state(checkpoint.state), build_shape)
        history = TrainingHistory.opened(checkpoint.about["history"])
        self.history.epochs, self.history.seconds = history.epochs, history.seconds
        if self.writes:
            files.replace(self.job.root, checkpoint.files)
        self.resumed = checkpoint
        for callback in self._csv_loggers():
            callback.append = True  # or it would begin its file anew
        return self.job.settings.epochs if checkpoint.about["ended"] else int(finished)

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        # After the user's callbacks have reset their attributes.
        changed = byvalue.loads(self.resumed.callbacks) if self.resumed and self.resumed.callbacks else []
        for callback, (kind, values) in zip(self.callbacks, changed, strict=False):
            if kind == type(callback).__name__ and kind != "CSVLogger":  # its state is its file
                vars(callback).update(values)
        for callback in self._csv_loggers():
            callback.append = self.appended[id(callback)]

    def _csv_loggers(self) -> list[keras.callbacks.CSVLogger]:
        return [each for each in self.callbacks if isinstance(each, keras.callbacks.CSVLogger)]

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        if not self.writes:
            return
        finished = epoch + 1
        about: About = {
            "epoch": finished,
            "run": self.job.run,
            "ended": finished == self.job.settings.epochs or self.model.stop_training,
            "history": TrainingHistory(self.history.epochs, self.history.seconds).packed(),
        }
        packed = state.pack_state(state.get_state(self.model))
        self.folder.write(Checkpoint(about, packed, self._changed_attributes(), files.everything(self.job.root)))

    def _changed_attributes(self) -> bytes:
        """Return the class of each callback and the attributes that training has changed: the rest are settings."""
        attributes = []
        for callback, fresh in zip(self.callbacks, self.fresh, strict=True):
            changed = [name for name, data in pickled(callback).items() if fresh.get(name) != data]
            attributes.append((type(callback).__name__, {name: vars(callback)[name] for name in changed}))
        return byvalue.dumps(attributes, "The callbacks") if attributes else b""

    def _require_agreement(self, finished: int) -> None:
        if self.group is None:
            return
        epochs = np.zeros(self.group.ranks, np.int32)
        epochs[self.group.rank] = finished
        epochs = self.group.sum(epochs)
        if (epochs != epochs[0]).any():
            raise TrainingError(
                f"The ranks find different checkpoints (of the epochs {', '.join(map(str, epochs))}) in "
                f"{self.job.checkpoint_dir!r}. Wait until no other training writes there, or choose another folder."
            )
