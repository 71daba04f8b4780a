"""Cases of ``keras.callbacks``: what each leaves in the history and the weights; files have tests of their own."""

import keras
from keras import callbacks

from tests.conformance import own
from tests.conformance.building import row
from tests.conformance.case import Case

REASONS = {
    "Callback": "the base class; callbacks of the user's own stand for it",
    "CallbackList": "Keras makes it; fit takes a list",
    "OrbaxCheckpoint": "wants the package orbax-checkpoint",
    "ProgbarLogger": "Keras adds it for verbose=1; sparkeras shows a bar of its own",
    "RemoteMonitor": "posts each epoch to a server of the user; what it posts is not in the history",
    "TensorBoard": "wants the package tensorboard; its files are not in the history",
}


def _with(*made, holds=(), **settings):
    build = settings.pop("build", row)
    return Case(build, callbacks=lambda: [make() for make in made], holds=holds, **settings)


def _rate(epoch, rate):
    return rate * 0.5


_MADE = {
    "BackupAndRestore": lambda: callbacks.BackupAndRestore("backup"),
    "CSVLogger": lambda: callbacks.CSVLogger("train.csv"),
    "EarlyStopping": lambda: callbacks.EarlyStopping("loss", min_delta=10.0, patience=1, restore_best_weights=True),
    "History": callbacks.History,
    "LambdaCallback": lambda: callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: None),
    "LearningRateScheduler": lambda: callbacks.LearningRateScheduler(_rate),
    "ModelCheckpoint": lambda: callbacks.ModelCheckpoint("{epoch}.keras"),
    "ReduceLROnPlateau": lambda: callbacks.ReduceLROnPlateau("loss", min_delta=10.0, patience=0),
    "TerminateOnNaN": callbacks.TerminateOnNaN,
}


def _averaged():
    return row(optimizer=keras.optimizers.SGD(0.05, use_ema=True, ema_momentum=0.5))


def _diverging():
    return row(optimizer=keras.optimizers.SGD(1e39, momentum=0.9))


CASES = {name: _with(make, holds=(f"callbacks.{name}",)) for name, make in _MADE.items()}
CASES |= {
    "SwapEMAWeights": _with(
        lambda: callbacks.SwapEMAWeights(swap_on_epoch=True), holds=("callbacks.SwapEMAWeights",), build=_averaged
    ),
    "TerminateOnNaN, a loss that is not a number": _with(_MADE["TerminateOnNaN"], build=_diverging),
    "own, hooks": _with(own.Counting, holds=("callbacks.Callback",)),
    "own, adds a figure": _with(own.AddsFigure),
    "own, adds an array": _with(own.AddsArray),
    "own, sets the weights": _with(own.ShrinksWeights),
    "own, stops": _with(own.Stops),
    "several": _with(_MADE["EarlyStopping"], _MADE["LearningRateScheduler"], own.AddsFigure),
}
