"""What does one all-reduce cost, by the ranks and the bytes, and what does that say of larger clusters?

Run: python benchmarks/bench_allreduce.py [jax|torch], or with --predict

Measures the training's own Group.sum between processes of this machine (gloo over loopback) and fits the model of a
ring, t(N, b) = 2 (N - 1) alpha + 2 (N - 1) / N * b * beta. With --predict it measures nothing: it prints what the same
model says of real networks, with compute times from results/2026-11-21-bench_workers.md. See docs/scaling.md.
"""

import json
import math
import os
import socket
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from table import median, show

RANKS = (2, 3, 4)
COUNTS = (1_000, 10_000, 100_000, 1_000_000, 3_000_000, 10_000_000, 30_000_000)  # float32 numbers
ROUNDS = 3
MEASURED_STEPS = Path(__file__).parent / "results" / "2026-11-21-bench_workers.md"
RANK = """
import json, sys, time
import numpy as np
from sparkeras.engine import backends
name, address, rank, ranks, counts = sys.argv[1], sys.argv[2], *map(json.loads, sys.argv[3:])
backend = backends.load(name)
backend.set_threads(1)
group = backend.join(address, "127.0.0.1", rank, ranks, 60)
seconds = {}
for count in counts:
    array = np.zeros(count, np.float32)
    took = []
    for _ in range(4 if count > 2_000_000 else 20):
        began = time.monotonic()
        group.sum(array)
        took.append(time.monotonic() - began)
    seconds[count] = sorted(took[1:])[len(took[1:]) // 2]
print(json.dumps(seconds))
group.leave()
"""


@dataclass(frozen=True)
class Workload:
    """A model as the prediction sees it: its bytes, and the seconds of one worker's step over ``batch`` rows."""

    name: str
    parameters: int
    batch: int
    seconds: float
    source: str

    def compute(self, rows):
        """Return the seconds that ``rows`` rows take, taken as proportional."""
        return self.seconds * rows / self.batch


@dataclass(frozen=True)
class Network:
    """A network as the model sees it: seconds per message and per byte."""

    name: str
    alpha: float
    beta: float

    def allreduce(self, workers, size):
        """Return the seconds of one ring all-reduce of ``size`` bytes."""
        return 2 * (workers - 1) * self.alpha + 2 * (workers - 1) / workers * size * self.beta


NETWORKS = (Network("10 Gbit/s, 50 us", 50e-6, 8 / 10e9), Network("100 Gbit/s, 20 us", 20e-6, 8 / 100e9))
WORKERS = (8, 64, 1000)


def bare(backend, ranks, counts=COUNTS):
    """Return {numbers: median seconds} of all-reduces between ``ranks`` processes of one thread each."""
    from sparkeras.engine import backends

    with socket.create_server(("127.0.0.1", 0)) as probe:
        address = f"127.0.0.1:{probe.getsockname()[1]}"
    environment = {**os.environ, **backends.environment(backend, 1)}
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", RANK, backend, address, str(rank), str(ranks), json.dumps(counts)],
            env=environment,
            stdout=subprocess.PIPE,
            text=True,
        )
        for rank in range(ranks)
    ]
    said = [process.communicate(timeout=300)[0] for process in processes]
    return {int(count): seconds for count, seconds in json.loads(said[0].splitlines()[-1]).items()}


def fit(measured):
    """Return the Network that fits {(ranks, numbers): seconds} best, by the squares of relative errors."""
    terms = [
        (2 * (ranks - 1) / seconds, 2 * (ranks - 1) / ranks * 4 * count / seconds)
        for (ranks, count), seconds in measured.items()
    ]
    (alpha, beta), *_ = np.linalg.lstsq(np.array(terms), np.ones(len(terms)), rcond=None)
    return Network("measured", float(alpha), float(beta))


def measure(backend):
    """Measure, fit and print."""
    before = os.getloadavg()[0]
    rounds = [{ranks: bare(backend, ranks) for ranks in RANKS} for _ in range(ROUNDS)]
    # The least disturbed round: ranks that wait for each other show whatever else this machine does.
    measured = {(n, count): min(each[n][count] for each in rounds) for n in RANKS for count in COUNTS}
    notes = [
        f"Measured: median ms of a round's Group.sum, the least of {ROUNDS} interleaved rounds; ranks of one thread "
        f"each share this machine's cores and memory. Load average {before:.1f} before, {os.getloadavg()[0]:.1f} after."
    ]
    fits = {}
    for name, ranks in {"2 ranks": (2,), "all": RANKS}.items():
        fits[name] = fit({key: seconds for key, seconds in measured.items() if key[0] in ranks})
        off = [abs(fits[name].allreduce(n, 4 * c) / s - 1) for (n, c), s in measured.items() if n in ranks]
        notes.append(
            f"Fit to {name}: alpha = {fits[name].alpha * 1e6:.0f} us, beta = {fits[name].beta * 1e9:.2f} ns per byte "
            f"({8 / fits[name].beta / 1e9:.1f} Gbit/s); off by {median(off):.0%} (median), {max(off):.0%} (worst)."
        )
    table = []
    for (n, count), seconds in measured.items():
        modelled = fits["all"].allreduce(n, 4 * count)
        own = f"{fits['2 ranks'].allreduce(n, 4 * count) * 1e3:.2f}" if n == 2 else "-"
        table.append(
            (n, f"{count:,}", f"{seconds * 1e3:.2f}", own, f"{modelled * 1e3:.2f}", f"{modelled / seconds:.2f}")
        )
    heads = ("ranks", "float32 numbers", "measured", "model of 2 ranks", "model of all", "model / measured")
    show(f"bench_allreduce: one all-reduce over loopback, {backend} with gloo", heads, table, notes)


def workloads():
    """Return the three Workloads, two of them measured."""
    lines = [line.split("|") for line in MEASURED_STEPS.read_text().splitlines() if line.startswith("| ")]
    found = {line[1].strip(): (int(line[2]), float(line[3]) / 1e3) for line in lines[1:]}
    source = "measured, one core"
    return (
        Workload("784-64-10", 784 * 64 + 64 + 64 * 10 + 10, *found["784-64-10"], source),
        Workload("cnn", 320 + 18_496 + 16_010, *found["cnn"], source),
        Workload("ResNet-50-like", 25_600_000, 256, 256 / 400, "assumed, 400 rows/s per worker"),
    )


def strong(workload, network, workers):
    """Return the predicted seconds of a step whose ``workload.batch`` rows are shared by ``workers``."""
    rows = math.ceil(workload.batch / workers)  # a worker cannot take less than a row
    return workload.compute(rows) + network.allreduce(workers, 4 * workload.parameters)


def weak(workload, network, workers):
    """Return the predicted seconds of a step in which each of ``workers`` has ``workload.batch`` rows."""
    return workload.seconds + network.allreduce(workers, 4 * workload.parameters)


def last_that_pays(workload, network):
    """Return the largest number of workers, of 1 to 1,000, of which each is still half as fast as one alone."""
    paying = [n for n in range(1, 1001) if workload.seconds / n / strong(workload, network, n) >= 0.5]
    return max(paying)


def predict():
    """Print the predictions for a fixed batch and for one that grows with the workers."""
    heads = ("model", "network", *(f"{n:,} workers, predicted" for n in WORKERS))
    fixed, growing, given = [], [], []
    for load in workloads():
        given.append((load.name, f"{load.parameters:,}", load.batch, f"{load.seconds * 1e3:.4g}", load.source))
        for net in NETWORKS:
            times = [(strong(load, net, n), weak(load, net, n)) for n in WORKERS]
            best = min(range(1, 1001), key=lambda n: strong(load, net, n))
            shared = [f"{each * 1e3:.3g} ms, {load.seconds / each:.2g} times" for each, _ in times]
            fixed.append((load.name, net.name, *shared, best, last_that_pays(load, net)))
            grown = [
                f"{n * load.seconds / each:.3g} times ({load.seconds / each:.1%})"
                for n, (_, each) in zip(WORKERS, times, strict=True)
            ]
            growing.append((load.name, net.name, *grown))
    show("Given", ("model", "parameters", "batch", "1 worker, ms/step", "source"), given)
    more = ("shortest step at, predicted", "half efficient up to, predicted")
    show("Batch fixed: time of a step, and how many times faster than one worker", (*heads, *more), fixed)
    show("Batch grows: rows per second in times of one worker's (efficiency)", heads, growing)


if __name__ == "__main__":
    if "--predict" in sys.argv:
        predict()
    else:
        measure(sys.argv[1] if len(sys.argv) > 1 else "jax")
