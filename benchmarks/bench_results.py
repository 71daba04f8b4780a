"""What models of the zoo reach on real data, beside their baselines: writes docs/results.md.

Run: SPARKERAS_DATA=FOLDER python benchmarks/bench_results.py [TASK ...]

Every figure is of rows that were held out. Splits, first weights and order go by the seed; seeds are 0, 1 and 2.
Settings (epochs, rates) were not searched on these test rows.
"""

import os

os.environ.setdefault("KERAS_BACKEND", "jax")

import json
import statistics
import sys
import time
from pathlib import Path

import results_tables
from table import machine

SEEDS = (0, 1, 2)
PAGE = Path(__file__).parent.parent / "docs" / "results.md"
KEPT = Path(__file__).parent / "results" / "results.json"
# Name: (function of a seed that gives figures by model, what the figure is, whether more is better)
TASKS = {
    "wine-red": (results_tables.wine, "mean squared error of the mark", False),
    "music": (results_tables.music, "mean distance, km", False),
    "pythagoras": (results_tables.pythagoras, "mean squared error of the long side", False),
}


def measured(name):
    """Run a task with each seed; return what the page tells of it."""
    run, figure, rising = TASKS[name]
    found, seconds = [], []
    for seed in SEEDS:
        began = time.monotonic()
        found.append(run(seed))
        seconds.append(time.monotonic() - began)
        print(f"{name}, seed {seed}, {seconds[-1]:.0f} s: {found[-1]}", flush=True)
    values = {model: [each[model] for each in found] for model in found[0]}
    return {"figure": figure, "rising": rising, "values": values, "doc": run.__doc__, "machine": machine()}


def lines_of(name, told):
    means = {model: statistics.mean(values) for model, values in told["values"].items()}
    best = (max if told["rising"] else min)(means, key=lambda model: means[model])
    yield f"## {name}: {told['figure']}\n\n{told['doc']}\n\n| model | mean | spread over seeds 0, 1, 2 |\n|---|---|---|"
    for model, values in told["values"].items():
        shown = f"**{means[model]:.4g}**" if model == best else f"{means[model]:.4g}"
        yield f"| {model} | {shown} | {min(values):.4g} to {max(values):.4g} |"
    yield f"\nBest: {best}. {told['machine']}\n"


def main():
    kept = json.loads(KEPT.read_text()) if KEPT.exists() else {}
    for name in sys.argv[1:] or TASKS:
        kept[name] = measured(name)
        KEPT.write_text(json.dumps(kept, indent=1) + "\n")
    head = f"# What the models reach\n\n{__doc__.split(chr(10), 1)[1].strip()}\n"
    body = (line for name in TASKS if name in kept for line in lines_of(name, kept[name]))
    PAGE.write_text("\n".join([head, *body]))


if __name__ == "__main__":
    main()
