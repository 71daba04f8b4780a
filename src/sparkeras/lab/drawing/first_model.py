"""A network of the embedded digits, trained in seconds where the lab has no run to draw for.

Runs on: driver.

Without Spark, whose start would take longer than the training. Digits drawn with a mouse lean and shake, so each digit
is also learned turned, stretched and shifted.
"""

from __future__ import annotations

import importlib
import sys
import threading
import time
from typing import Any

import keras
import numpy as np

from sparkeras import datasets, zoo
from sparkeras.engine.history import TrainingHistory
from sparkeras.engine.quick_compilation import quick_compilation
from sparkeras.plots import insides
from sparkeras.runs.report import TestRows, WrongRow, write_report
from sparkeras.runs.run_folder import RunFolder, RunPath

EPOCHS, COPIES, BATCH, SEED = 8, 3, 128, 0


def train(folder: RunPath) -> None:
    """Train the network and write its run into a folder, each epoch to ``progress.jsonl`` at once."""
    began, rows = time.monotonic(), datasets.load_arrays("digits", seed=SEED)
    # The report's pictures need it; it is imported beside the training, for somebody waits to draw.
    threading.Thread(target=importlib.import_module, args=("matplotlib.figure",)).start()
    keras.utils.set_random_seed(SEED)
    model = network(rows)
    model.compile(keras.optimizers.Adam(3e-3), "sparse_categorical_crossentropy", metrics=["accuracy"])
    x, y = _varied(rows.x_train, rows.y_train)
    history = TrainingHistory(rows=len(x), steps=len(x) // BATCH)
    with RunFolder.start(folder) as run:
        run.progress({"event": "start", "rows": len(x), "steps": history.steps, "epochs": EPOCHS, "begin": 0})
        model.fit(x, y, batch_size=BATCH, epochs=EPOCHS, verbose=0, callbacks=[_recorder(history, run)])
        _write(run, model, rows, history, time.monotonic() - began)


def network(rows: datasets.Arrays) -> keras.Model:
    """Return a network of the digits with random weights."""
    with quick_compilation():
        return zoo.build("cnn", rows.x_train.shape[1:], 10, scaling=rows.scaling)


def rehearse() -> None:
    """Build the network once: JAX keeps the compiled initializers, so that a file like it opens at once."""
    network(datasets.load_arrays("digits", seed=SEED))


def _recorder(history: TrainingHistory, run: RunFolder) -> keras.callbacks.Callback:
    """Return a callback that records each epoch in the history and in the run's progress."""
    began = time.monotonic()

    def record(epoch: int, logs: dict[str, Any]) -> None:
        history.epochs.append(dict(logs))
        history.seconds.append(time.monotonic() - began - sum(history.seconds))
        run.progress({"event": "epoch", "epoch": epoch + 1, "seconds": history.seconds[-1], "logs": history.epochs[-1]})

    return keras.callbacks.LambdaCallback(on_epoch_end=record)


def _varied(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the images and COPIES of each, turned by up to 15 degrees, leaning, stretched and shifted a little.

    Whole batches of them: the step for a last, smaller one would be compiled for itself, which takes a second.
    """
    from PIL import Image

    rng = np.random.default_rng(SEED)
    varied = [x]
    for _ in range(COPIES):
        turned = np.empty_like(x)
        for row, image in enumerate(x):
            angle, lean = rng.uniform(-0.26, 0.26), rng.uniform(-0.25, 0.25)
            wide, high = rng.uniform(0.85, 1.2, 2)
            a, b = np.cos(angle) * wide, (np.sin(angle) + lean) * wide
            d, e = -np.sin(angle) * high, np.cos(angle) * high
            middle = (x.shape[1] - 1) / 2
            shift = rng.uniform(-0.6, 0.6, 2)
            matrix = (a, b, middle - (a + b) * middle + shift[0], d, e, middle - (d + e) * middle + shift[1])
            plain = Image.fromarray(image * 15)  # finer steps than 16 between pixels
            moved = plain.transform(plain.size, Image.Transform.AFFINE, matrix, Image.Resampling.BICUBIC)
            turned[row] = np.asarray(moved, np.float32).round() // 15
        varied.append(turned)
    whole = len(x) * (COPIES + 1) // BATCH * BATCH
    return np.concatenate(varied)[:whole], np.tile(y, COPIES + 1)[:whole]


def _write(run: RunFolder, model: keras.Model, rows: datasets.Arrays, history: TrainingHistory, seconds: float) -> None:
    model.save(run.file("model.keras"))
    probability = np.asarray(model.predict_on_batch(rows.x_test))
    right = probability[np.arange(len(rows.y_test)), rows.y_test]
    predicted = probability.argmax(axis=1)
    tested = {"accuracy": float((predicted == rows.y_test).mean())}
    tested["loss"] = float(-np.log(np.maximum(right, keras.config.epsilon())).mean())
    wrong = np.flatnonzero(predicted != rows.y_test)
    mistakes = [WrongRow(rows.x_test[i], rows.y_test[i], predicted[i], probability[i, predicted[i]]) for i in wrong]
    counts = {"train_rows": len(rows.x_train), "test_rows": len(rows.x_test)}
    names = list(rows.schema.classes) if rows.schema else []
    write_report(
        run,
        data={"name": "digits", "source": rows.source, "task": "classification", "num_classes": 10, **counts}
        | {"input_shape": list(rows.x_train.shape[1:]), "class_names": names},
        model={"name": model.name, "layers": insides.layers(model)},
        parameters=model.count_params(),
        settings={"epochs": EPOCHS, "batch_size": BATCH, "seed": SEED, "copies": COPIES, "command": "sparkeras lab"},
        versions={"keras": keras.__version__},
        seconds={"total": seconds, "epochs": sum(history.seconds)},
        figures={"train": history.epochs[-1], "test": tested},
        history=history,
        test=TestRows(rows.y_test, predicted, probability, mistakes),
    )


if __name__ == "__main__":
    train(sys.argv[1])
