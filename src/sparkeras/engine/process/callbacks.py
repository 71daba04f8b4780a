"""Our callbacks beside the user's: history with seconds, signs of life, and a stop where the loss is no number.

Runs on: training process.
"""

import json
import os
import time

import keras

from sparkeras.engine import logs as kept_logs
from sparkeras.errors import DivergedError

_STEP_EVENTS_PER_SECOND = 10


class Recorder(keras.callbacks.Callback):
    """Record each epoch's logs and seconds, and tell the Spark task of them.

    Parameters
    ----------
    descriptor : int
        Where events go, a pipe; each is one line of JSON.
    history : TrainingHistory
        Filled in place.

    Attributes
    ----------
    diverged_ends : bool
        Whether an epoch whose loss is no number raises DivergedError. False where the user's TerminateOnNaN ends it.
    """

    def __init__(self, descriptor, history):
        super().__init__()
        self.descriptor, self.history = descriptor, history
        self.diverged_ends = True
        self.epoch, self.told = 0, 0.0

    def tell(self, event, **facts):
        """Send one event."""
        os.write(self.descriptor, (json.dumps({"event": event, **facts}) + "\n").encode())

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch, self.started = epoch, time.monotonic()
        if not self.history.epochs:
            self.history.first = epoch  # BackupAndRestore may have moved it

    def sign_of_life(self, step):
        """Tell that ``step`` (counted from 1; None while validating) begins.

        The batches call this, not Keras: a hook per batch would make Keras wait for each step's metrics.
        """
        now = time.monotonic()
        if now - self.told > 1 / _STEP_EVENTS_PER_SECOND:
            self.told = now
            self.tell("step", epoch=self.epoch + 1, step=step)

    def on_epoch_end(self, epoch, logs=None):
        logs = kept_logs.plain(logs or {})
        seconds = time.monotonic() - self.started
        self.history.epochs.append(logs)
        self.history.seconds.append(seconds)
        self.tell("epoch", epoch=epoch + 1, seconds=seconds, logs=kept_logs.listed(logs))
        if self.diverged_ends and not kept_logs.is_finite(logs.get("loss")):
            raise DivergedError(
                f"The loss became {logs['loss']} in epoch {epoch + 1}. Lower the learning rate, scale the features "
                "(e.g. a Normalization or Rescaling layer), or clip gradients (optimizer's clipnorm)."
            )
