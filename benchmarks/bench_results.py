"""What models of the zoo reach on real data, beside their baselines: writes docs/results.md.

Run: SPARKERAS_DATA=FOLDER python benchmarks/bench_results.py [TASK ...]

Every figure is of rows that were held out, a mean over seeds 0, 1 and 2 with its range. Splits, first weights and
order go by the seed. Every network was trained by `sparkeras.fit`. Epochs and rates are first guesses, or were chosen
on training rows where the task says so; cnn-99's plan was made for MNIST and may suit its test rows.
"""

import os

os.environ.setdefault("KERAS_BACKEND", "jax")

import json
import statistics
import sys
import time
from pathlib import Path

import results_gan
import results_images
import results_tables
import results_texts
from table import machine

SEEDS = (0, 1, 2)
PAGE = Path(__file__).parent.parent / "docs" / "results.md"
KEPT = Path(__file__).parent / "results" / "results.json"
# Name: (function of a seed that gives {model: figure or figures}, what the figures are, whether more is better)
TASKS = {
    "mnist": (results_images.mnist, ("accuracy",), True),
    "wine-red": (results_tables.wine, ("mean squared error of the mark",), False),
    "music": (results_tables.music, ("mean distance, km",), False),
    "pythagoras": (results_tables.pythagoras, ("mean squared error of the long side",), False),
    "imdb-sentences": (results_texts.sentences, ("accuracy",), True),
    "transfer, digits": (results_images.transfer_digits, ("accuracy",), True),
    "transfer, photos": (results_images.transfer_photos, ("accuracy",), True),
    "transfer, tiles of photos": (results_images.transfer_tiles, ("accuracy",), True),
    "gan": (results_gan.digits, ("mean top probability", "share of the rarest digit"), True),
}


def measured(name):
    """Run a task with each seed; return what the page tells of it."""
    run = TASKS[name][0]
    found, seconds = [], []
    for seed in SEEDS:
        began = time.monotonic()
        found.append(run(seed))
        seconds.append(round(time.monotonic() - began))
        print(f"{name}, seed {seed}, {seconds[-1]} s: {found[-1]}", flush=True)
    values = {model: [_several(each[model]) for each in found] for model in found[0]}
    return {"values": values, "seconds": seconds, "machine": machine()}


def _several(value):
    return [float(each) for each in value] if isinstance(value, tuple) else [value]


def rows_of(name, kept):
    """Yield the table's lines of one task: a line per model, its first figure against that of ours."""
    _, figures, rising = TASKS[name]
    columns = {model: list(zip(*seeds, strict=True)) for model, seeds in kept["values"].items()}
    ours = next(iter(columns))
    for model, numbers in columns.items():
        shown = "; ".join(f"{statistics.mean(each):.4g} ({min(each):.4g} to {max(each):.4g})" for each in numbers)
        against = "" if model == ours else _verdict(columns[ours][0], numbers[0], rising)
        first = (name, ", ".join(figures) + (" (more is better)" if rising else " (less is better)"))
        yield (*(first if model == ours else ("", "")), f"**{model}**" if model == ours else model, shown, against)


def _verdict(ours, theirs, rising):
    """Say which wins, and with how many of the seeds."""
    beaten = (statistics.mean(ours) > statistics.mean(theirs)) == rising
    better, worse = (ours, theirs) if beaten == rising else (theirs, ours)
    seeds = sum(a > b for a, b in zip(better, worse, strict=True))
    return f"{'beaten' if beaten else 'wins'} ({seeds} of {len(ours)} seeds)"


def page(kept):
    """Return the text of docs/results.md."""
    _, command, words = __doc__.split("\n\n", 2)
    lines = [f"# What the models reach\n\n{words}", "```bash", command.removeprefix("Run: "), "```", ""]
    lines += ["| task | figure | model | mean (least to most) | |", "|---|---|---|---|---|"]
    lines += ["| " + " | ".join(row) + " |" for name in kept for row in rows_of(name, kept[name])]
    lines += ["", "The tasks, and the seconds that all models of one seed took together:", ""]
    for name, told in kept.items():
        seconds = ", ".join(map(str, told["seconds"]))
        lines.append(f"- **{name}**: {' '.join(TASKS[name][0].__doc__.split())} Seconds: {seconds}.")
    machines = {
        told["machine"]: [name for name in kept if kept[name]["machine"] == told["machine"]] for told in kept.values()
    }
    lines += ["", *(f"{'; '.join(names)}: {where}, beside other work." for where, names in machines.items())]
    return "\n".join(lines) + "\n"


def main():
    """Measure the tasks that are named, or all; keep them beside those measured before, and write the page."""
    kept = json.loads(KEPT.read_text()) if KEPT.exists() else {}
    for name in sys.argv[1:] or TASKS:
        kept[name] = measured(name)
        kept = {each: kept[each] for each in TASKS if each in kept}
        KEPT.write_text(json.dumps(kept, indent=1) + "\n")
        PAGE.write_text(page(kept))


if __name__ == "__main__":
    main()
