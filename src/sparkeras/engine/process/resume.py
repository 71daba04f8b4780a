"""Go on from a checkpoint: what a training writes after each epoch, and how it takes that up again.

Runs on: training process.
"""

import keras
import numpy as np

from sparkeras.engine.blueprint import byvalue, state
from sparkeras.engine.callbacks.travelling import pickled
from sparkeras.engine.history import TrainingHistory
from sparkeras.engine.stage import files
from sparkeras.engine.stage.checkpoints import Checkpoint, CheckpointFolder, training_name
from sparkeras.errors import TrainingError


class Resumption(keras.callbacks.Callback):
    """Take up the last checkpoint before training, write one after each epoch; ``fit``'s very last callback.

    Parameters
    ----------
    job : Job
    digest : int
        Of all rows, see ``shards.Spool``.
    group : backends' Group or None
    callbacks : list of keras.callbacks.Callback
        The user's, all of them.
    history : TrainingHistory
    """

    def __init__(self, job, digest, group, callbacks, history):
        super().__init__()
        self.job, self.group, self.callbacks, self.history = job, group, callbacks, history
        self.training = training_name(job.fingerprint, digest)
        self.folder = CheckpointFolder(job.checkpoint_dir, self.training)
        self.writes = group is None or group.rank == 0
        self.fresh = [pickled(callback) for callback in callbacks]
        self.taken_up = None
        self.appended = {id(callback): callback.append for callback in self._csv_loggers()}

    def take_up(self, model, build_shape):
        """Give ``model``, history and files what the last checkpoint holds; return the epoch to begin with.

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
        kept = TrainingHistory.opened(checkpoint.about["history"])
        self.history.epochs, self.history.seconds = kept.epochs, kept.seconds
        if self.writes:
            files.replace(self.job.root, checkpoint.files)
        self.taken_up = checkpoint
        for callback in self._csv_loggers():
            callback.append = True  # or it would begin its file anew
        return self.job.settings.epochs if checkpoint.about["ended"] else finished

    def on_train_begin(self, logs=None):
        # After the user's callbacks have set themselves to their beginning.
        kept = byvalue.loads(self.taken_up.callbacks) if self.taken_up and self.taken_up.callbacks else []
        for callback, (kind, values) in zip(self.callbacks, kept, strict=False):
            if kind == type(callback).__name__ and kind != "CSVLogger":  # its state is its file
                vars(callback).update(values)
        for callback in self._csv_loggers():
            callback.append = self.appended[id(callback)]

    def _csv_loggers(self):
        return [each for each in self.callbacks if isinstance(each, keras.callbacks.CSVLogger)]

    def on_epoch_end(self, epoch, logs=None):
        if not self.writes:
            return
        finished = epoch + 1
        about = {
            "epoch": finished,
            "run": self.job.run,
            "ended": finished == self.job.settings.epochs or self.model.stop_training,
            "history": TrainingHistory(self.history.epochs, self.history.seconds).packed(),
        }
        packed = state.pack_state(state.get_state(self.model))
        self.folder.write(Checkpoint(about, packed, self._changed_attributes(), files.everything(self.job.root)))

    def _changed_attributes(self):
        """Return the class of each callback and what training has changed in it: its settings are the caller's."""
        kept = []
        for callback, fresh in zip(self.callbacks, self.fresh, strict=True):
            changed = [name for name, data in pickled(callback).items() if fresh.get(name) != data]
            kept.append((type(callback).__name__, {name: vars(callback)[name] for name in changed}))
        return byvalue.dumps(kept, "The callbacks") if kept else b""

    def _require_agreement(self, finished):
        if self.group is None:
            return
        found = np.zeros(self.group.ranks, np.int32)
        found[self.group.rank] = finished
        found = self.group.sum(found)
        if (found != found[0]).any():
            raise TrainingError(
                f"The ranks find different checkpoints (of the epochs {', '.join(map(str, found))}) in "
                f"{self.job.checkpoint_dir!r}. Wait until no other training writes there, or choose another folder."
            )
