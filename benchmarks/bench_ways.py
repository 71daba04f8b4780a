"""Three ways to train one network on Spark: summed gradients, averaged weights, and the all-reduce of the engine.

Run: SPARKERAS_DATA=FOLDER python benchmarks/bench_ways.py

784-128-10 (ReLU, softmax) on MNIST, Adam 0.001, 128 rows per step, two epochs, two partitions or workers; all begin
with the same weights. One job of Spark per *gradient* step, one per *averaged* epoch, one for a whole training of the
*all-reduce*, whose workers talk to each other.
"""

import os

os.environ.setdefault("KERAS_BACKEND", "jax")

import time

import keras
import numpy as np
from table import median, show

import sparkeras
from sparkeras import datasets
from sparkeras.runs.scratch_twin import keras_twin
from sparkeras.scratch.building import build
from sparkeras.scratch.on_spark import Blocks, by_averages
from sparkeras.scratch.optimizers import Adam
from sparkeras.scratch.training import Arrays, Plan, by_gradients, fit
from sparkeras.spark import session

EPOCHS, ROWS_PER_STEP, PARTS, SEEDS = 2, 128, 2, (0,)


def network(seed):
    return build([784, 128, 10], "relu", "softmax", "categorical_crossentropy", start="he", seed=seed)


def from_scratch(data, way, seed, x_test, y_test):
    """Return updates, seconds of an epoch after the first, seconds of all, test accuracy."""
    began, trained, plan = time.monotonic(), network(seed), Plan(batch_size=ROWS_PER_STEP, seed=seed)
    history = fit(trained, Adam(0.001), data, EPOCHS, plan, way=way)
    accuracy = (trained.forward(x_test).argmax(1) == y_test).mean()
    return median(history["seconds"][1:]), time.monotonic() - began, accuracy


def by_all_reduce(frame, workers, seed, x_test, y_test):
    """Return the same for ``sparkeras.fit``; the start of its processes is in the seconds of all."""
    began, model = time.monotonic(), keras_twin(network(seed), (784,))
    model.compile(keras.optimizers.Adam(0.001), "categorical_crossentropy")
    history = sparkeras.fit(
        model, frame, epochs=EPOCHS, batch_size=ROWS_PER_STEP, num_workers=workers, seed=seed, verbose=0
    )
    accuracy = (model.predict(x_test, verbose=0).argmax(1) == y_test).mean()
    return median(history.training.seconds[1:]), time.monotonic() - began, accuracy


def main():
    spark = session.get_or_start()
    data = datasets.load_arrays("mnist")
    x, x_test = (each.reshape(-1, 784) * np.float32(1 / 255) for each in (data.x_train, data.x_test))
    t, y_test = np.eye(10, dtype="float32")[data.y_train], data.y_test
    frame = datasets.frame_from_arrays(spark, x, t).cache()
    rows = []
    with Blocks(frame, partitions=PARTS) as blocks:
        ways = {
            "gradient, arrays without Spark": lambda seed: from_scratch(
                Arrays(x, t), by_gradients, seed, x_test, y_test
            ),
            "gradient, 2 partitions": lambda seed: from_scratch(blocks, by_gradients, seed, x_test, y_test),
            "average, 2 partitions": lambda seed: from_scratch(blocks, by_averages, seed, x_test, y_test),
            "all-reduce, 1 worker": lambda seed: by_all_reduce(frame, 1, seed, x_test, y_test),
            "all-reduce, 2 workers": lambda seed: by_all_reduce(frame, 2, seed, x_test, y_test),
        }
        for name, train in ways.items():
            epochs, whole, accuracies = zip(*(train(seed) for seed in SEEDS), strict=True)
            said = " ".join(f"{accuracy:.4f}" for accuracy in accuracies)
            rows.append((name, f"{median(epochs):.2f}", f"{median(whole):.1f}", said))
    columns = ("way", "seconds of an epoch after the first", "seconds of all", f"test accuracies (seeds {SEEDS})")
    notes = [f"Commonest class: {np.bincount(y_test).max() / len(y_test):.4f}. "]
    show("bench_ways: 784-128-10 on MNIST, two epochs, 128 rows per step", columns, rows, notes)


if __name__ == "__main__":
    main()
