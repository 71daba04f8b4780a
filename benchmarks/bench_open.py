"""How long a process takes to open a model whose weights it was sent: plain Keras beside a blueprint.

Run: python benchmarks/bench_open.py
"""

import subprocess
import sys
import tempfile
from pathlib import Path

from table import median, show

NAMES, TURNS = ("mlp", "cnn", "cnn-99", "resnet-small", "unet"), 3
# Each in a process of its own, as training and scoring processes are; the imports are not counted.
OPENED = """
import sys, time
from pathlib import Path
from sparkeras import zoo
from sparkeras.engine import blueprint
import keras
path = Path(sys.argv[1])
zoo.register()
began = time.monotonic()
if path.suffix == ".keras":
    keras.saving.load_model(path)
else:
    blueprint.open_blueprint(path.read_bytes())
print(time.monotonic() - began)
"""


def main():
    with tempfile.TemporaryDirectory() as folder:
        rows = [row(name, Path(folder)) for name in NAMES]
    notes = [
        f"The median of {TURNS} turns, each way in turn; 28 x 28 images. Importing Keras (2 s) comes before either."
    ]
    show("bench_open: a model is opened", ("model", "plain Keras, s", "ours, s", "ratio"), rows, notes)


def row(name, folder):
    from sparkeras import zoo
    from sparkeras.engine import blueprint

    model = zoo.build(name, (28, 28), 10)
    model.compile("adam", "sparse_categorical_crossentropy")
    plain, ours = folder / f"{name}.keras", folder / f"{name}.blueprint"
    model.save(plain)
    ours.write_bytes(blueprint.pack(model))
    turns = [(seconds(plain), seconds(ours)) for _ in range(TURNS)]
    first, second = (median(each) for each in zip(*turns, strict=True))
    return name, f"{first:.2f}", f"{second:.2f}", f"{first / second:.1f}"


def seconds(path):
    done = subprocess.run([sys.executable, "-c", OPENED, path], capture_output=True, text=True, check=True)
    return float(done.stdout)


if __name__ == "__main__":
    main()
