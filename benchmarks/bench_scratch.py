"""The readable network: what an epoch costs beside the same maths by hand and beside the floor; how good it gets.

Run: SPARKERAS_DATA=FOLDER python benchmarks/bench_scratch.py

- *By hand*: one function with the formulas of one network, on the same files: what a library's layers cost.
- *Floor*: one pass of NumPy's matrix products over the rows of a step, in as many processes as Spark runs tasks, and an
  empty Spark job.
- Best settings: ``sparkeras train --engine scratch``'s, seconds of training and accuracy on the test rows.
"""

import time

import numpy as np
from table import median, show

EPOCHS, ROUNDS, FRACTION, SEEDS = 40, 3, 0.7, (0, 1, 2)


def by_hand(handles, weights, step):
    """Return the sums of one step of 784-64-10, tanh and sigmoid, as plain formulas."""
    shared = handles.context.broadcast(weights)

    def of_block(handle):
        x, t = (np.memmap(f"{handle.folder}/{name}", np.float32, "r").reshape(handle.rows, -1) for name in "xt")
        w1, b1, w2, b2 = shared.value
        mask = (np.random.default_rng((step, handle.place)).random(len(x)) < FRACTION).astype(np.float32)[:, None]
        sums = None
        for a in range(0, len(x), 2048):
            xb, tb, mb = x[a : a + 2048], t[a : a + 2048], mask[a : a + 2048]
            h = np.tanh(xb @ w1 + b1)
            y = 1 / (1 + np.exp(-(h @ w2 + b2)))
            e = (y - tb) * mb
            d2 = e * y * (1 - y)
            d1 = d2 @ w2.T * (1 - h * h)
            right = ((y.argmax(1) == tb.argmax(1)) * mb[:, 0]).sum()
            part = [0.5 * (e * e).sum(), xb.T @ d1, d1.sum(0), h.T @ d2, d2.sum(0), right, mb.sum()]
            sums = part if sums is None else [p + q for p, q in zip(sums, part, strict=True)]
        return sums

    total = handles.map(of_block).treeReduce(lambda a, b: [p + q for p, q in zip(a, b, strict=True)])
    shared.destroy()
    return total


def floor(handles):
    """Return the seconds of the matrix products alone, measured inside the tasks; the slowest task counts."""

    def of_block(handle):
        x = np.memmap(f"{handle.folder}/x", np.float32, "r").reshape(handle.rows, -1)
        rng = np.random.default_rng(0)
        w1, w2 = rng.random((784, 64), np.float32), rng.random((64, 10), np.float32)
        rows = int(FRACTION * len(x))
        began = time.perf_counter()
        for a in range(0, rows, 2048):
            xb = x[a : min(a + 2048, rows)]
            h = np.tanh(xb @ w1)
            y = h @ w2
            xb.T @ (y @ w2.T * h), h.T @ y
        return time.perf_counter() - began

    return max(handles.map(of_block).collect())


def main():
    """Measure and print."""
    from sparkeras import datasets
    from sparkeras.scratch.building import build
    from sparkeras.scratch.on_spark import Blocks
    from sparkeras.scratch.optimizers import BoldDriver
    from sparkeras.scratch.training import Plan, fit
    from sparkeras.spark import session

    spark = session.get_or_start()
    data = datasets.load_arrays("mnist")
    x, t = data.x_train.reshape(60_000, 784) * np.float32(1 / 255), np.eye(10, dtype="float32")[data.y_train]
    x_test = data.x_test.reshape(10_000, 784) * np.float32(1 / 255)
    rows, ratios, floors = [], [], []
    with Blocks(datasets.frame_from_arrays(spark, x, t), partitions=session.slots(spark)) as blocks:
        handles = blocks._handles.filter(lambda handle: handle.rows)
        for number in range(ROUNDS):
            network = build([784, 64, 10], "tanh", "sigmoid", "half_squares", start="half", seed=number)
            history = fit(network, BoldDriver(undo=False), blocks, EPOCHS, Plan(fraction=FRACTION))
            ours = median(history["seconds"][1:])
            took = []
            for step in range(EPOCHS):
                began = time.perf_counter()
                by_hand(handles, network.weights, step)
                took.append(time.perf_counter() - began)
            products = median([floor(handles) for _ in range(9)])
            empty = []
            for _ in range(9):
                began = time.perf_counter()
                handles.map(lambda _: None).count()
                empty.append(time.perf_counter() - began)
            hand, lowest = median(took[1:]), products + median(empty)
            ratios.append(ours / hand)
            floors.append(ours / lowest)
            times = (f"{seconds:.3f}" for seconds in (ours, hand, lowest, products))
            rows.append((number + 1, *times, f"{ratios[-1]:.2f}", f"{floors[-1]:.2f}"))
    show(
        "bench_scratch: an epoch (one step over 0.7 of MNIST), 784-64-10, tanh, sigmoid, seconds",
        (
            "round",
            "ours",
            "by hand",
            "floor",
            "of it products",
            "of by hand (at most 1.15)",
            "of the floor (at most 1.5)",
        ),
        rows,
        [f"Medians: {median(ratios):.2f} times by hand, {median(floors):.2f} times the floor."],
    )
    best(spark)
    original(spark, x, t, x_test, data.y_test)


def original(spark, x, t, x_test, y_test):
    """100 epochs of the ancestor's settings: is the test accuracy what the training promised?"""
    from sparkeras import datasets
    from sparkeras.scratch.building import build
    from sparkeras.scratch.on_spark import Blocks
    from sparkeras.scratch.optimizers import BoldDriver
    from sparkeras.scratch.training import Plan, fit
    from sparkeras.spark import session

    rows = []
    with Blocks(datasets.frame_from_arrays(spark, x, t), partitions=session.slots(spark)) as blocks:
        for seed in SEEDS:
            network = build([784, 64, 10], "tanh", "sigmoid", "half_squares", start="half", seed=seed)
            history = fit(network, BoldDriver(undo=False), blocks, 100, Plan(fraction=FRACTION, seed=seed))
            test = (network.forward(x_test).argmax(1) == y_test).mean()
            rows.append((seed, f"{history['accuracy'][-1]:.4f}", f"{test:.4f}", f"{sum(history['seconds']):.1f}"))
    print()
    show(
        "bench_scratch: the ancestor's settings, 100 epochs of MNIST",
        ("seed", "training accuracy", "test accuracy (within 0.02)", "seconds"),
        rows,
    )


def best(spark):
    """The settings of ``sparkeras train --engine scratch``."""
    from sparkeras import datasets
    from sparkeras.runs import scratch_train
    from sparkeras.scratch.on_spark import Blocks, by_averages
    from sparkeras.scratch.training import fit
    from sparkeras.spark import session

    rows = []
    for name, epochs in (("mnist", 10), ("digits", 20)):
        data = datasets.load_arrays(name)
        scale = np.float32(data.scaling[1])
        x, x_test = (each.reshape(len(each), -1) * scale for each in (data.x_train, data.x_test))
        t = np.eye(10, dtype="float32")[data.y_train]
        baseline = np.bincount(data.y_test).max() / len(data.y_test)
        with Blocks(datasets.frame_from_arrays(spark, x, t), partitions=session.slots(spark)) as blocks:
            for seed in SEEDS:
                settings = scratch_train.settings(epochs, scratch_train.batch_size(len(x)), seed)
                network = settings.network(x.shape[1], 10)
                plan = settings.plan()
                history = fit(network, settings.make_optimizer(), blocks, epochs, plan, way=by_averages)
                accuracy = (network.forward(x_test).argmax(1) == data.y_test).mean()
                seconds = sum(history["seconds"])
                rows.append(
                    (name, seed, epochs, settings.batch_size, f"{seconds:.1f}", f"{accuracy:.4f}", f"{baseline:.4f}")
                )
    print()
    show(
        "bench_scratch: best settings (to reach within 60 s: mnist 0.975, digits 0.97)",
        ("data", "seed", "epochs", "batch size", "seconds", "test accuracy", "commonest class"),
        rows,
    )


if __name__ == "__main__":
    main()
