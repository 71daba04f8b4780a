"""Our callback beside the user's: history with seconds, signs of life, an error where the loss is no finite number.

Runs on: training process.
"""

from __future__ import annotations

import json
import os
import time
from typing import TYPE_CHECKING, Any

import keras

from sparkeras.engine import logs as plain_logs
from sparkeras.errors import DivergedError

if TYPE_CHECKING:
    from sparkeras.engine.history import TrainingHistory

_STEP_EVENTS_PER_SECOND = 10


class Recorder(keras.callbacks.Callback):
    """Record each epoch's logs and seconds, and send them to the Spark task.

    Parameters
    ----------
    descriptor : int
        Where events go, a pipe; each is one line of JSON.
    history : TrainingHistory
        Filled in place.

    Attributes
    ----------
    diverged_ends : bool
        Whether an epoch whose loss is not finite raises DivergedError. False where the user's TerminateOnNaN ends it.
    """

    def __init__(self, descriptor: int, history: TrainingHistory) -> None:
        super().__init__()
        self.descriptor, self.history = descriptor, history
        self.diverged_ends = True
        self.epoch, self.last_sign = 0, 0.0

    def send(self, event: str, **facts: Any) -> None:
        """Send one event."""
        os.write(self.descriptor, (json.dumps({"event": event, **facts}) + "\n").encode())

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        self.epoch, self.started = epoch, time.monotonic()
        if not self.history.epochs:
            self.history.first = epoch  # BackupAndRestore may have moved it

    def sign_of_life(self, step: int | None) -> None:
        """Send an event at the begin of ``step`` (counted from 1; None while validating), ten per second at most.

        The batches call this, not Keras: a hook per batch would make Keras wait for each step's metrics.
        """
        now = time.monotonic()
        if now - self.last_sign > 1 / _STEP_EVENTS_PER_SECOND:
            self.last_sign = now
            self.send("step", epoch=self.epoch + 1, step=step)

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        logs = plain_logs.plain(logs or {})
        seconds = time.monotonic() - self.started
        self.history.epochs.append(logs)
        self.history.seconds.append(seconds)
        self.send("epoch", epoch=epoch + 1, seconds=seconds, logs=plain_logs.listed(logs))
        if self.diverged_ends and not plain_logs.is_finite(logs.get("loss")):
            raise DivergedError(
                f"The loss became {logs['loss']} in epoch {epoch + 1}. Lower the learning rate, scale the features "
                "(e.g. a Normalization or Rescaling layer), clip gradients (optimizer's clipnorm), or look for "
                "infinite numbers among the features."
            )
