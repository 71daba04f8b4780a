"""Is this version slower than an older one? The trainings of bench_fit and bench_workers, by both in turn.

Run: SPARKERAS_DATA=FOLDER python benchmarks/bench_before.py CHECKOUT_OF_THE_OLDER_VERSION

Each round is a process per version with its own Spark session. A ratio is taken within a round, where the machine is
the same; the table has the median of the rounds, and the lowest and the highest.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

from table import median, show

ROUNDS = 5
HERE = Path(__file__).resolve().parent
ROUND = """
import json, sys
import bench_fit, bench_workers
from sparkeras import datasets, session
try:
    from sparkeras.engine import backends
except ImportError:  # a version of before 2026-11-30
    from sparkeras import backends
backends.load("jax")
spark = session.get_or_start("local[2]")
rows, test = datasets.load("mnist", spark)
rows, test = rows.cache(), test.cache()
rows.count(), test.count()
bench_fit.ours(rows, test, 2)  # Spark has started its Pythons
whole, epoch, *_ = bench_fit.ours(rows, test)
found = {"bench_fit: whole fit, s": whole, "bench_fit: steady epoch, s": epoch}
for name, (count, _, _) in bench_workers.MODELS.items():
    some = rows.limit(count).cache()
    some.count()
    for workers in (1, 2):
        milliseconds = 1e3 * bench_workers.seconds_per_step(name, some, workers)
        found[f"bench_workers: {name}, {workers} worker(s), ms/step"] = milliseconds
    some.unpersist()
print(json.dumps(found))
"""


def measured(source):
    """Return {what: figure} of one round by the version whose package lies in ``source``, a folder ``src``."""
    path = f"{source}{os.pathsep}{source.parent / 'benchmarks'}"  # each version with its own
    environment = {**os.environ, "PYTHONPATH": path, "KERAS_BACKEND": "jax"}
    done = subprocess.run([sys.executable, "-c", ROUND], env=environment, capture_output=True, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def main():
    """Measure and print."""
    versions = {"older": Path(sys.argv[1]) / "src", "this": HERE.parent / "src"}
    rounds = []
    for number in range(ROUNDS):
        order = list(versions) if number % 2 else list(reversed(versions))
        figures = {name: measured(versions[name]) for name in order}
        rounds.append([figures["older"], figures["this"]])
    table = []
    for what in rounds[0][0]:
        older, this = ([each[side][what] for each in rounds] for side in (0, 1))
        ratios = sorted(new / old for old, new in zip(older, this, strict=True))
        found = (median(older), median(this), median(ratios), ratios[0], ratios[-1])
        table.append((what, *(f"{each:.3f}" for each in found)))
    show(
        f"bench_before: this version against an older one, {ROUNDS} rounds",
        ("what", "older", "this", "this / older", "lowest", "highest"),
        table,
        ["Steady: the best epoch but the first (bench_workers), the median of them (bench_fit)."],
    )


if __name__ == "__main__":
    main()
