"""A network of the embedded digits, trained in seconds where the lab has no run to draw for.

Runs on: driver, in a process of its own. Imports: Keras (a door), ``datasets``, ``insides``, ``zoo``, ``runs``,
``report``, ``history``; NumPy.

Without Spark, whose start would take longer than the training. Who draws with a mouse leans, slips and is shaky, so
each digit is learned turned, stretched and shifted, too.
"""

import sys
import time

import keras
import numpy as np

from sparkeras import datasets, insides, zoo
from sparkeras.history import TrainingHistory
from sparkeras.report import TestRows, write_report
from sparkeras.runs import RunFolder

EPOCHS, COPIES, SEED = 8, 3, 0


def train(folder):
    """Train the network and write its run into a folder; ``progress.jsonl`` tells the epochs meanwhile."""
    began, rows = time.monotonic(), datasets.load_arrays("digits", seed=SEED)
    keras.utils.set_random_seed(SEED)
    model = zoo.build("cnn", rows.x_train.shape[1:], 10, scaling=rows.scaling)
    model.compile(keras.optimizers.Adam(2e-3), "sparse_categorical_crossentropy", metrics=["accuracy"])
    x, y = _varied(rows.x_train, rows.y_train)
    history = TrainingHistory(rows=len(x), steps=-(-len(x) // 64))
    with RunFolder.start(folder) as run:
        run.progress({"event": "start", "rows": len(x), "steps": history.steps, "epochs": EPOCHS, "begin": 0})
        model.fit(x, y, batch_size=64, epochs=EPOCHS, verbose=0, callbacks=[_telling(history, run)])
        _write(run, model, rows, history, time.monotonic() - began)


def _telling(history, run):
    """Return a callback that notes each epoch in the history and tells the run of it."""
    began = time.monotonic()

    def told(epoch, logs):
        history.epochs.append(dict(logs))
        history.seconds.append(time.monotonic() - began - sum(history.seconds))
        run.progress({"event": "epoch", "epoch": epoch + 1, "seconds": history.seconds[-1], "logs": history.epochs[-1]})

    return keras.callbacks.LambdaCallback(on_epoch_end=told)


def _varied(x, y):
    """Return the images and COPIES of each, turned by up to 15 degrees, leaning, stretched and shifted a little."""
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
    return np.concatenate(made), np.tile(y, COPIES + 1)


def _write(run, model, rows, history, seconds):
    model.save(run.file("model.keras"))
    probability = model.predict(rows.x_test, verbose=0)
    tested = model.evaluate(rows.x_test, rows.y_test, verbose=0, return_dict=True)
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
        settings={"epochs": EPOCHS, "batch_size": 64, "seed": SEED, "copies": COPIES, "command": "sparkeras lab"},
        versions={"keras": keras.__version__},
        seconds={"total": seconds, "epochs": sum(history.seconds)},
        figures={"train": history.epochs[-1], "test": tested},
        history=history,
        test=TestRows(rows.y_test, said, probability, mistakes),
    )


if __name__ == "__main__":
    train(sys.argv[1])
