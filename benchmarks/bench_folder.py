"""A folder of photos, three ways: all in memory, batch by batch, and on Spark. What each takes of memory and time.

Run: SPARKERAS_DATA=FOLDER python benchmarks/bench_folder.py [COPIES]

The photos of ``flowers`` stand COPIES times in a folder (links, so the disk is not asked twice). Each way trains the
same small network for two epochs, in a process of its own, whose largest memory (VmHWM) is read at its end.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from table import show

SIZE, EPOCHS, BATCH = 128, 2, 32
WAYS = ("memory", "batches", "Spark")


def main():
    copies = int(sys.argv[1]) if len(sys.argv) > 1 else 10
    with tempfile.TemporaryDirectory() as place:
        count = many(Path(os.environ["SPARKERAS_DATA"]) / "flowers", Path(place) / "photos", copies)
        found = {way: measured(way, f"{place}/photos") for way in WAYS}
    rows = [
        (way, f"{each['megabytes']:,.0f}", f"{each['megabytes'] - each['before']:,.0f}", f"{each['seconds']:.1f}")
        for way, each in found.items()
    ]
    columns = ("way", "MB at most", "MB above the libraries", f"seconds of {EPOCHS} epochs, reading included")
    as_bytes, as_floats = (count * SIZE * SIZE * 3 * each / 1e6 for each in (1, 4))
    notes = [
        f"{count:,} photos of {SIZE} x {SIZE} pixels are {as_bytes:,.0f} MB as bytes, {as_floats:,.0f} MB as floats.",
        "Spark's figure is that of the training process; Java and the tasks that read come beside it.",
    ]
    show("bench_folder: a folder of photos, three ways", columns, rows, notes)


def many(source, target, copies):
    """Link the training photos several times below ``target`` and return their number."""
    count = 0
    for path in sorted((source / "train").rglob("*.jpg")):
        (target / "train" / path.parent.name).mkdir(parents=True, exist_ok=True)
        for number in range(copies):
            os.symlink(path, target / "train" / path.parent.name / f"{number}-{path.name}")
            count += 1
    shutil.copytree(source / "validation", target / "validation")
    return count


def measured(way, folder):
    command = [sys.executable, __file__, "--way", way, folder]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(done.stderr)
    return json.loads(done.stdout.splitlines()[-1])


def network():
    import keras

    keras.utils.set_random_seed(0)
    inputs = keras.Input((SIZE, SIZE, 3), name="features")
    x = keras.layers.Rescaling(1 / 255)(inputs)
    x = keras.layers.Conv2D(8, 3, strides=4, activation="relu")(x)
    x = keras.layers.Dense(32, activation="relu")(keras.layers.Flatten()(x))
    model = keras.Model(inputs, keras.layers.Dense(2, activation="softmax")(x))
    model.compile("adam", "sparse_categorical_crossentropy")
    return model


def run(way, folder):
    """Train one way and print what it took."""
    from sparkeras import datasets

    model, before = network(), largest()
    began = time.monotonic()
    if way == "memory":
        arrays = datasets.load_arrays(folder, image_size=SIZE)
        model.fit(arrays.x_train.astype("float32"), arrays.y_train, epochs=EPOCHS, batch_size=BATCH, verbose=0)
    elif way == "batches":
        model.fit(datasets.ImageBatches(folder, size=SIZE, batch_size=BATCH, workers=2), epochs=EPOCHS, verbose=0)
    else:
        return on_spark(model, folder, before, began)
    print(json.dumps({"before": before, "megabytes": largest(), "seconds": time.monotonic() - began}))


def on_spark(model, folder, before, began):
    """The training process tells its own memory by a callback."""
    import keras

    import sparkeras
    from sparkeras import datasets
    from sparkeras.spark import session

    class Tells(keras.callbacks.Callback):
        def on_train_end(self, logs=None):
            Path(f"{folder}.memory").write_text(str(largest()))

    data = datasets.open_dataset(folder, session.get_or_start(), image_size=SIZE)
    sparkeras.fit(model, data.train, epochs=EPOCHS, batch_size=BATCH, callbacks=[Tells()], verbose=0)
    found = float(Path(f"{folder}.memory").read_text())
    print(json.dumps({"before": before, "megabytes": found, "seconds": time.monotonic() - began}))


def largest():
    """Return the most memory that this process had at any time, in MB."""
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) * 1024 / 1e6


if __name__ == "__main__":
    os.environ.setdefault("KERAS_BACKEND", "jax")
    run(*sys.argv[2:]) if sys.argv[1:2] == ["--way"] else main()
