"""What do the default models reach on held-out rows? digits (5 seeds), MNIST mlp and cnn.

Run: SPARKERAS_DATA=FOLDER python benchmarks/bench_accuracy.py [digits] [mlp] [cnn]

Each figure comes from ``sparkeras train`` itself, by the run's folder. The baseline is the commonest class.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from table import median, show


def run(folder, *options):
    """Train by the command line and return the run's summary."""
    out = Path(folder) / "run"
    command = [sys.executable, "-m", "sparkeras.cli.app", "train", *options, "--out", str(out), "--overwrite"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return json.loads((out / "summary.json").read_text())


def main(wanted):
    """Measure and print."""
    table = []
    with tempfile.TemporaryDirectory() as folder:
        if "digits" in wanted:
            runs = [run(folder, "--seed", str(seed)) for seed in range(5)]
            found = [each["figures"]["test"]["accuracy"] for each in runs]
            each = ", ".join(f"{value:.4f}" for value in found)
            seconds = median([sum(one["seconds"].values()) for one in runs])
            table.append(("digits, defaults, seeds 0-4", f"{sum(found) / 5:.4f} ({each})", "0.98", f"{seconds:.0f}"))
        if "mlp" in wanted:
            one = run(folder, "--data", "mnist", "--model", "mlp")
            table.append(("MNIST mlp, 10 epochs, seed 0", *_row(one, "0.975")))
        if "cnn" in wanted:
            one = run(folder, "--data", "mnist", "--model", "cnn", "--epochs", "6")
            table.append(("MNIST cnn, 6 epochs, seed 0", *_row(one, "0.99")))
    show(
        "bench_accuracy: accuracy on held-out test rows",
        ("what", "test accuracy", "to reach", "whole run, s"),
        table,
        ["Baseline, the commonest class: digits 0.10, MNIST 0.1135."],
    )


def _row(summary, target):
    return f"{summary['figures']['test']['accuracy']:.4f}", target, f"{sum(summary['seconds'].values()):.0f}"


if __name__ == "__main__":
    main(sys.argv[1:] or ["digits", "mlp", "cnn"])
