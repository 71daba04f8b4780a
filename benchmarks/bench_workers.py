"""What do two workers gain? Two of one core each against one of one core, and against the ideal, on MNIST.

Run: SPARKERAS_DATA=FOLDER python benchmarks/bench_workers.py

Steady seconds per step (the best epoch but the first), whole engine over Spark, one thread per worker. The ideal is
half of one worker's step plus one bare all-reduce of the model's bytes between two processes of the same run. "Two
apart" is what the machine itself gives: two processes of plain Keras at once, one thread each, half of each batch each,
that know nothing of each other.
"""

import json
import os
import socket
import subprocess
import sys

from table import median, show

MODELS = {  # name: (rows, batch, epochs)
    "cnn": (12_800, 256, 3),
    "784-512-512-10": (30_720, 512, 5),
    "784-64-10": (60_000, 128, 5),
}
ROUNDS = 3
APART = """
import sys, time
import keras, numpy as np
from bench_workers import MODELS, build
name = sys.argv[1]
rows, batch, epochs = MODELS[name]
random = np.random.default_rng(0)
x, y = random.integers(0, 256, (rows // 2, 784), np.uint8), random.integers(0, 10, rows // 2, np.int32)
model, half = build(name), batch // 2
model.fit(x[: 2 * half], y[: 2 * half], batch_size=half, verbose=0)
print("ready", flush=True)
sys.stdin.readline()
seconds = []
for _ in range(epochs):
    began = time.monotonic()
    model.fit(x, y, batch_size=half, verbose=0)
    seconds.append(time.monotonic() - began)
print(min(seconds[1:]) / (-(-len(x) // half)))
"""
BARE = """
import json, sys, time
import numpy as np
from sparkeras.engine import backends
backend = backends.load("jax")
group = backend.join(sys.argv[1], "127.0.0.1", int(sys.argv[2]), 2, 60)
seconds = {}
for count in json.loads(sys.argv[3]):
    array = np.zeros(count, np.float32)
    took = []
    for _ in range(30):
        began = time.monotonic()
        group.sum(array)
        took.append(time.monotonic() - began)
    seconds[count] = sorted(took)[len(took) // 2]
print(json.dumps(seconds))
group.leave()
"""


def build(name):
    """Return the compiled model."""
    import keras
    from keras import layers

    keras.utils.set_random_seed(0)
    if name == "cnn":
        stack = [layers.Reshape((28, 28, 1)), layers.Conv2D(32, 3, activation="relu"), layers.MaxPooling2D()]
        stack += [layers.Conv2D(64, 3, activation="relu"), layers.MaxPooling2D(), layers.Flatten()]
    else:
        stack = [layers.Dense(int(units), activation="relu") for units in name.split("-")[1:-1]]
    inputs = [keras.Input((784,)), layers.Rescaling(1 / 255)]
    model = keras.Sequential([*inputs, *stack, layers.Dense(10, activation="softmax")])
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def seconds_per_step(name, rows, workers):
    """Train by the engine and return steady seconds per step."""
    import sparkeras

    _, batch, epochs = MODELS[name]
    history = sparkeras.fit(
        build(name), rows, epochs=epochs, batch_size=batch, num_workers=workers, threads_per_worker=1, verbose=False
    ).training
    return min(history.seconds[1:]) / history.steps


def two_apart(name):
    """Return steady seconds per step of two plain Keras trainings at once; of the slower one."""
    from sparkeras.engine import backends

    here = os.path.dirname(os.path.abspath(__file__))
    environment = {**os.environ, **backends.environment("jax", 1)}
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    processes = [
        subprocess.Popen([sys.executable, "-c", APART, name], env=environment, cwd=here, **pipes) for _ in range(2)
    ]
    for process in processes:
        process.stdout.readline()  # both have compiled: from here on they train at the same time
    for process in processes:
        process.stdin.write("go\n")
        process.stdin.flush()
    return max(float(process.communicate(timeout=300)[0].split()[-1]) for process in processes)


def bare(counts):
    """Return {numbers: median seconds} of all-reduces between two processes."""
    from sparkeras.engine import backends

    environment = {**os.environ, **backends.environment("jax", 1)}
    with socket.create_server(("127.0.0.1", 0)) as probe:
        address = f"127.0.0.1:{probe.getsockname()[1]}"
    command = [sys.executable, "-c", BARE, address]
    processes = [
        subprocess.Popen([*command, str(rank), json.dumps(counts)], env=environment, stdout=subprocess.PIPE, text=True)
        for rank in range(2)
    ]
    said = [process.communicate(timeout=300)[0] for process in processes]
    return {int(count): seconds for count, seconds in json.loads(said[0].splitlines()[-1]).items()}


def main():
    """Measure and print."""
    os.environ["KERAS_BACKEND"] = "jax"
    before = os.getloadavg()[0]
    from sparkeras import datasets
    from sparkeras.spark import session

    spark = session.get_or_start("local[2]")
    train, _ = datasets.load("mnist", spark)
    reduced = bare([build(name).count_params() for name in MODELS])
    table = []
    for name, (count, batch, _) in MODELS.items():
        rows = train.limit(count).cache()
        rows.count()
        found = [(*(seconds_per_step(name, rows, n) for n in (1, 2)), two_apart(name)) for _ in range(ROUNDS)]
        one, two, apart = (median(column) for column in zip(*found, strict=True))
        ideal = one / 2 + reduced[build(name).count_params()]
        figures = (one * 1e3, two * 1e3, apart * 1e3, reduced[build(name).count_params()] * 1e3)
        ratios = (one / two, one / apart, two / ideal)
        table.append((name, batch, *(f"{each:.2f}" for each in figures), *(f"{each:.2f}" for each in ratios)))
        rows.unpersist()
    times = ("1 worker, ms/step", "2 workers", "two apart", "bare all-reduce")
    show(
        "bench_workers: two workers of one core against one",
        ("model", "batch", *times, "times faster", "apart, times faster", "times the ideal"),
        table,
        [
            "To reach: cnn at least 1.9 times faster, 784-512-512-10 not slower, each at most 1.3 times the ideal.",
            "Two apart never wait for each other; how far they stay below 2 times is this machine's share of the loss.",
            f"Other work on this machine: load average {before:.1f} before the benchmark began.",
        ],
    )


if __name__ == "__main__":
    main()
