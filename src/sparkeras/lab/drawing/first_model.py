"""A network of the embedded digits, trained in seconds where the lab has no run to draw for.

Runs on: driver.

Without Spark, whose start would take longer than the training. Who draws with a mouse leans, slips and is shaky, so
each digit is learned turned, stretched and shifted, too.
"""

import importlib
import sys
import threading
import time

import keras
import numpy as np

from sparkeras import datasets, zoo
from sparkeras.engine.history import TrainingHistory
from sparkeras.engine.quick_compilation import quick_compilation
from sparkeras.plots import insides
from sparkeras.runs.report import TestRows, write_report
from sparkeras.runs.run_folder import RunFolder

EPOCHS, COPIES, BATCH, SEED = 8, 3, 128, 0


def train(folder):
    """Train the network and write its run into a folder; ``progress.jsonl`` tells the epochs meanwhile."""
    began, rows = time.monotonic(), datasets.load_arrays("digits", seed=SEED)
    # The report's pictures need it; it is read from disk beside the training, for somebody waits to draw.
    threading.Thread(target=importlib.import_module, args=("matplotlib.figure",)).start()
    keras.utils.set_random_seed(SEED)
    model = network(rows)
    model.compile(keras.optimizers.Adam(3e-3), "sparse_categorical_crossentropy", metrics=["accuracy"])
    x, y = _varied(rows.x_train, rows.y_train)
    history = TrainingHistory(rows=len(x), steps=len(x) // BATCH)
    with RunFolder.start(folder) as run:
        run.progress({"event": "start", "rows": len(x), "steps": history.steps, "epochs": EPOCHS, "begin": 0})
        model.fit(x, y, batch_size=BATCH, epochs=EPOCHS, verbose=0, callbacks=[_telling(history, run)])
        _write(run, model, rows, history, time.monotonic() - began)


def network(rows):
    """Return a network of the digits, as yet of random weights."""
    with quick_compilation():
        return zoo.build("cnn", rows.x_train.shape[1:], 10, scaling=rows.scaling)


def rehearse():
    """Make the network once for nothing: JAX keeps how its weights are made, and a file like it opens at once."""
    network(datasets.load_arrays("digits", seed=SEED))


def _telling(history, run):
    """Return a callback that notes each epoch in the history and tells the run of it."""
    began = time.monotonic()

    def told(epoch, logs):
        history.epochs.append(dict(logs))
        history.seconds.append(time.monotonic() - began - sum(history.seconds))
        run.progress({"event": "epoch", "epoch": epoch + 1, "seconds": history.seconds[-1], "logs": history.epochs[-1]})

    return keras.callbacks.LambdaCallback(on_epoch_end=told)


def _varied(x, y):
    """Return the images and COPIES of each, turned by up to 15 degrees, leaning, stretched and shifted a little.

    Whole batches of them: the step for a last, smaller one would be compiled for itself, which takes a second.
    """
    from PIL import Image

    rng = np.random.default_rng(SEED)
    made = [x]
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
            plain = Image.fromarray(image * 15)  # finer steps than 16 for what lies between pixels
            moved = plain.transform(plain.size, Image.Transform.AFFINE, matrix, Image.Resampling.BICUBIC)
            turned[row] = np.asarray(moved, np.float32).round() // 15
        made.append(turned)
    whole = len(x) * (COPIES + 1) // BATCH * BATCH
    return np.concatenate(made)[:whole], np.tile(y, COPIES + 1)[:whole]


def _write(run, model, rows, history, seconds):
    model.save(run.file("model.keras"))
    probability = np.asarray(model.predict_on_batch(rows.x_test))
    right = probability[np.arange(len(rows.y_test)), rows.y_test]
    tested = {"accuracy": float((probability.argmax(axis=1) == rows.y_test).mean())}
    tested["loss"] = float(-np.log(np.maximum(right, keras.config.epsilon())).mean())
    said = probability.argmax(axis=1)
    wrong = np.flatnonzero(said != rows.y_test)
    mistakes = [(rows.x_test[i], rows.y_test[i], said[i], probability[i, said[i]]) for i in wrong]
    counts = {"train_rows": len(rows.x_train), "test_rows": len(rows.x_test)}
    names = list(rows.schema.classes)
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
        test=TestRows(rows.y_test, said, probability, mistakes),
    )


if __name__ == "__main__":
    train(sys.argv[1])
