"""How fast do convolutional networks train on a CPU? Plain Keras on three backends, and ours on JAX.

Run: SPARKERAS_DATA=FOLDER python benchmarks/bench_conv.py [TORCH_PYTHON [TENSORFLOW_PYTHON]]

The interpreters are those of environments with Keras and torch or TensorFlow; without one that backend is left out.
Batch 128, float32, all cores, the environment of our training processes for each. One process per way and network
trains an epoch to warm up, then one epoch whenever its turn comes, so that all share the machine's moods.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from table import median, show

from sparkeras import datasets
from sparkeras.engine import backends

ROUNDS, BATCH = 3, 128
NETWORKS = {  # rows of an epoch
    "small": ("Conv 32, pool, conv 64, pool, dropout, dense, without padding; 28 x 28 x 1", 12_800),
    "zoo cnn": ("as the zoo builds it; 28 x 28", 2_560),
    "zoo cnn-99": ("the same, with its stretched images", 2_560),
    "zoo resnet-small": ("the same", 1_280),
    "zoo unet": ("the same, as a classifier", 1_280),
    "deep": ("six convolutions of 32, 32, 64, 64, 128, 128 with BatchNormalization, two strides; 32 x 32 x 3", 2_560),
    "overlap": ("small with windows of 3 x 3 by 2 x 2; 28 x 28 x 1", 2_560),
    "separable": ("three SeparableConv2D of 32, 64, 128 with BatchNormalization; 32 x 32 x 3", 2_560),
}
WORKER = """
import contextlib, json, sys, time
import keras, numpy as np
from sparkeras.engine import backends
name, rows, fast, threads, file = json.loads(sys.argv[1])
backend = backends.load(keras.config.backend())
backend.set_threads(threads)
L = keras.layers
def small(size=2, strides=2):
    layers = [L.Conv2D(32, 3, activation="relu"), L.MaxPooling2D(size, strides)]
    layers += [L.Conv2D(64, 3, activation="relu"), L.MaxPooling2D(size, strides)]
    return keras.Sequential([keras.Input((28, 28, 1)), *layers, L.Flatten(), L.Dropout(0.5), L.Dense(10, "softmax")])
def normalized(*layers):
    stack = [part for layer in layers for part in (layer, L.BatchNormalization(), L.Activation("relu"))]
    return keras.Sequential([keras.Input((32, 32, 3)), *stack, L.GlobalAveragePooling2D(), L.Dense(10, "softmax")])
def deep():
    plan = ((32, 1), (32, 1), (64, 2), (64, 1), (128, 2), (128, 1))
    return normalized(*(L.Conv2D(f, 3, strides=s, padding="same", use_bias=False) for f, s in plan))
def separable():
    return normalized(*(L.SeparableConv2D(f, 3, strides=2, padding="same") for f in (32, 64, 128)))
keras.utils.set_random_seed(0)
def built(name):
    from sparkeras import zoo
    own = {"small": small, "deep": deep, "separable": separable, "overlap": lambda: small(3)}
    return own[name]() if name in own else zoo.build(name.removeprefix("zoo "), (28, 28), 10)
model = built(name)
model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
if name in ("deep", "separable"):
    random = np.random.default_rng(0)
    x, y = random.random((rows, 32, 32, 3), dtype="float32"), random.integers(0, 10, rows)
else:
    data = np.load(file)
    x, y = data["x"][:rows].astype("float32") / 255, data["y"][:rows]
    x = x.reshape(-1, *model.input_shape[1:])
with backend.fast_layers(model) if fast else contextlib.nullcontext():
    for line in sys.stdin:
        began = time.monotonic()
        history = model.fit(x, y, batch_size=128, epochs=1, shuffle=False, verbose=0)
        print(json.dumps([time.monotonic() - began, history.history["loss"][0]]), flush=True)
"""


class Way:
    """One way to train one network, in a process that waits for its turns."""

    def __init__(self, python, backend, network, fast, file):
        cores = len(os.sched_getaffinity(0))
        environment = os.environ | backends.environment(backend, cores)
        paths = [str(Path(backends.__file__).parents[2]), environment.get("PYTHONPATH", "")]
        environment |= {"PYTHONPATH": os.pathsep.join(filter(None, paths))}
        told = json.dumps([network, NETWORKS[network][1], fast, cores, file])
        self.process = subprocess.Popen(
            [python, "-c", WORKER, told], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.seconds, self.losses = [], []

    def epoch(self):
        self.process.stdin.write("go\n")
        self.process.stdin.flush()
        seconds, loss = json.loads(self.process.stdout.readline())
        self.seconds.append(seconds)
        self.losses.append(loss)

    def end(self):
        self.process.stdin.close()
        self.process.wait()


def measured(network, pythons, file):
    """Return {way: Way} after all its turns."""
    ways = {"JAX, plain Keras": (sys.executable, "jax", False), "JAX, ours": (sys.executable, "jax", True)}
    ways |= {backend: (python, backend, False) for backend, python in pythons.items()}
    ways = {name: Way(python, backend, network, fast, file) for name, (python, backend, fast) in ways.items()}
    for _ in range(1 + ROUNDS):
        for way in ways.values():
            way.epoch()
    for way in ways.values():
        way.end()
    return ways


def main():
    """Measure and print."""
    pythons = dict(zip(("torch", "tensorflow"), sys.argv[1:], strict=False))
    data = datasets.load_arrays("mnist")
    rows, ratios = [], {}
    with tempfile.TemporaryDirectory() as folder:
        file = str(Path(folder) / "mnist.npz")
        np.savez(file, x=data.x_train, y=data.y_train)
        found = {network: measured(network, pythons, file) for network in NETWORKS}
    for network, (_, images) in NETWORKS.items():
        ways = found[network]
        plain, ours = ways["JAX, plain Keras"], ways["JAX, ours"]
        turns = [a / b for a, b in zip(plain.seconds[1:], ours.seconds[1:], strict=True)]
        ratios[network] = f"{median(turns):.1f} ({min(turns):.1f} to {max(turns):.1f})"
        for name, way in ways.items():
            steady = way.seconds[1:]
            steps = images / BATCH
            cells = (f"{median(steady):.2f}", f"{min(steady) / steps * 1000:.1f}", f"{way.losses[-1]:.4f}")
            rows.append((f"{network}, {images:,} images", name, *cells))
    show(
        "bench_conv: an epoch of convolutional networks on a CPU, batch 128",
        ("network", "way", "median epoch, s", "fastest epoch, ms per step", f"loss of epoch {1 + ROUNDS}"),
        rows,
        [
            "; ".join(f"{network}: {words}" for network, (words, _) in NETWORKS.items()) + ".",
            "Plain Keras / ours on JAX, median over the turns and its range: "
            + "; ".join(f"{network} {ratio}" for network, ratio in ratios.items())
            + " (to reach: 2).",
        ],
    )


if __name__ == "__main__":
    main()
