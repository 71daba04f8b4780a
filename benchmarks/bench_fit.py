"""How much does Spark cost? ``sparkeras.fit(df)`` against plain Keras and Spark's own network, on MNIST.

Run: SPARKERAS_DATA=FOLDER python benchmarks/bench_fit.py

784-64-10, batch 128, 5 epochs, JAX, all cores for each. The plain script is a process of its own that imports, loads
and fits; ours is the whole ``fit(df)`` call in a process whose Spark session runs. Both alternate, medians of 5.
"""

import json
import subprocess
import sys
import time

from table import median, show

REPEATS, EPOCHS, BATCH = 5, 5, 128
EPOCHS_AS_GOOD = 8  # enough to be as accurate as Spark's own network
MODEL = """
keras.utils.set_random_seed(0)
model = keras.Sequential([keras.Input((784,)), keras.layers.Rescaling(1 / 255),
                          keras.layers.Dense(64, activation="relu"), keras.layers.Dense(10, activation="softmax")])
model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
"""
PLAIN = f"""
import json, os, time
os.environ["KERAS_BACKEND"] = "jax"
import keras, numpy as np
from sparkeras import datasets
data = datasets.load_arrays("mnist")
x, y = data.x_train.reshape(-1, 784), data.y_train
{MODEL}
class Clock(keras.callbacks.Callback):
    seconds = []
    def on_epoch_begin(self, epoch, logs=None): self.began = time.monotonic()
    def on_epoch_end(self, epoch, logs=None): self.seconds.append(time.monotonic() - self.began)
model.fit(x, y, batch_size={BATCH}, epochs={EPOCHS}, verbose=0, callbacks=[Clock()])
accuracy = model.evaluate(data.x_test.reshape(-1, 784), data.y_test, verbose=0)[1]
print(json.dumps([Clock.seconds, accuracy]))
"""


def plain():
    """Return (whole seconds, steady seconds per epoch, test accuracy) of the plain script."""
    began = time.monotonic()
    done = subprocess.run([sys.executable, "-c", PLAIN], capture_output=True, text=True, check=True)
    whole = time.monotonic() - began
    epochs, accuracy = json.loads(done.stdout.splitlines()[-1])
    return whole, median(epochs[1:]), accuracy


def ours(rows, test, epochs=EPOCHS):
    """Return the same of ``sparkeras.fit``, and the seconds of its parts."""
    import keras

    import sparkeras

    space = {"keras": keras}
    exec(MODEL, space)
    began = time.monotonic()
    history = sparkeras.fit(space["model"], rows, epochs=epochs, batch_size=BATCH, verbose=False)
    whole = time.monotonic() - began
    accuracy = sparkeras.evaluate(space["model"], test)["accuracy"]
    return whole, median(history.training.seconds[1:]), accuracy, history.training.parts


def spark_network(rows, test):
    """Return (seconds, test accuracy) of Spark's MultilayerPerceptronClassifier with the same layers."""
    from pyspark.ml.classification import MultilayerPerceptronClassifier
    from pyspark.ml.evaluation import MulticlassClassificationEvaluator
    from pyspark.ml.functions import array_to_vector
    from pyspark.sql.functions import col, transform

    def vectors(frame):
        scaled = transform(col("features"), lambda pixel: pixel.cast("double") / 255)
        return frame.select(array_to_vector(scaled).alias("features"), "label")

    train = vectors(rows).cache()
    train.count()
    began = time.monotonic()
    fitted = MultilayerPerceptronClassifier(layers=[784, 64, 10], maxIter=100, seed=0).fit(train)
    seconds = time.monotonic() - began
    accuracy = MulticlassClassificationEvaluator(metricName="accuracy").evaluate(fitted.transform(vectors(test)))
    train.unpersist()
    return seconds, accuracy


def main():
    """Measure and print."""
    from sparkeras import datasets
    from sparkeras.engine import backends
    from sparkeras.spark import session

    backends.load("jax")
    spark = session.get_or_start()
    rows, test = datasets.load("mnist", spark)
    rows, test = rows.cache(), test.cache()
    rows.count(), test.count()
    plain_runs, our_runs = [], []
    for _ in range(REPEATS):
        plain_runs.append(plain())
        our_runs.append(ours(rows, test))
    good_seconds, _, good_accuracy, _ = ours(rows, test, EPOCHS_AS_GOOD)
    mllib_seconds, mllib_accuracy = spark_network(rows, test)
    p_whole, p_epoch, p_accuracy = (median([run[i] for run in plain_runs]) for i in range(3))
    o_whole, o_epoch, o_accuracy = (median([run[i] for run in our_runs]) for i in range(3))
    extra = median([o[0] - p[0] for o, p in zip(our_runs, plain_runs, strict=True)])
    ratio = median([o[1] / p[1] for o, p in zip(our_runs, plain_runs, strict=True)])
    parts = {name: round(median([run[3][name] for run in our_runs]), 2) for name in our_runs[0][3]}
    show(
        "bench_fit: MNIST, 784-64-10, batch 128, 5 epochs, JAX",
        ("what", "whole, s", "steady epoch, s", "test accuracy"),
        [
            (
                "plain Keras script (imports, load, fit, evaluate)",
                f"{p_whole:.2f}",
                f"{p_epoch:.3f}",
                f"{p_accuracy:.4f}",
            ),
            ("sparkeras.fit(df)", f"{o_whole:.2f}", f"{o_epoch:.3f}", f"{o_accuracy:.4f}"),
            (f"sparkeras.fit(df), {EPOCHS_AS_GOOD} epochs", f"{good_seconds:.2f}", "", f"{good_accuracy:.4f}"),
            (
                "Spark MultilayerPerceptronClassifier, 100 iterations",
                f"{mllib_seconds:.2f}",
                "",
                f"{mllib_accuracy:.4f}",
            ),
        ],
        [
            f"Steady epoch, ours / plain: {ratio:.2f} (to reach: 1.10). Whole, ours - plain: {extra:+.2f} s "
            f"(to reach: +2.5). "
            f"Spark's network / ours of {EPOCHS_AS_GOOD} epochs: {mllib_seconds / good_seconds:.1f} (to reach: 5).",
            f"Seconds per part of ours: {parts}.",
        ],
    )


if __name__ == "__main__":
    main()
