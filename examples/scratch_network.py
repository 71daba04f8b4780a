"""A neural network from scratch on Spark: NumPy's matrices, Spark's map and reduce, and nothing hidden.

Run: spark-submit examples/scratch_network.py TRAIN_IMAGES TRAIN_LABELS TEST_IMAGES TEST_LABELS OUTPUT

The files are text, local or at any path that Spark reads: the numbers of a row per line, its class one-hot in the same
line of the labels; ``sparkeras data export mnist DIR --format text`` writes such. OUTPUT is a new folder: histories,
marks and predictions as text, a report with pictures, and the network as a Keras model. Options as in
``sparkeras scratch``, whose command this is; the network itself is ``sparkeras.scratch``, to be read from its head.

The baseline is always saying the commonest class.
"""

import json
import sys
from pathlib import Path

from sparkeras.cli.app import main

arguments = sys.argv[1:]
sys.argv = ["sparkeras", "scratch", *arguments]
try:
    main()
except SystemExit as end:
    if end.code:
        raise

paths = [argument for argument in arguments if not argument.startswith("-")]
summary = Path(paths[4], "summary.json") if len(paths) > 4 else Path()
if summary.is_file():
    run = json.loads(summary.read_text())
    lines = (summary.parent / "metrics.csv").read_text().splitlines()[1:]
    rows = [int(line.rsplit(",", 1)[1]) for line in lines]
    accuracy, baseline = run["figures"]["test"]["accuracy"], max(rows) / sum(rows)
    print(f"Accuracy on {sum(rows)} test rows {accuracy:.3f}; the commonest class each time {baseline:.3f}")
    assert accuracy > baseline, "the network should have learned something"
