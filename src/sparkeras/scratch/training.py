"""Training: which rows a step sees, what they add up to, and the steps of an epoch.

``Arrays`` holds all rows; ``on_spark.Blocks`` has the same ``rows`` and ``sums``, and divides them among machines.
"""

import functools
import operator
import time
from dataclasses import dataclass

import numpy as np

from sparkeras.scratch.chance import Chance, uniform

# Rows that go through the network at once: few enough for a processor's cache, enough for a product of matrices.
CHUNK = 2048


@dataclass(frozen=True)
class Plan:
    """Which rows each step sees: each with the probability ``fraction``, and an epoch is one step; or ``batch_size`` of
    them in turn, shuffled, and an epoch goes through all.
    """

    fraction: float = 1.0
    batch_size: int | None = None
    seed: int | tuple = 0

    def __post_init__(self):
        if not 0 < self.fraction <= 1:
            raise ValueError(f"A step sees a fraction of the rows above 0 and up to 1; got {self.fraction}.")
        if self.batch_size is not None and (self.batch_size < 1 or self.fraction < 1):
            raise ValueError(f"A mini-batch has 1 row or more, and no fraction beside it; got {self}.")

    def steps(self, rows):
        """Return the number of steps of an epoch."""
        return -(-rows // self.batch_size) if self.batch_size else 1

    def places(self, epoch, step, rows):
        """Return a step's rows as sorted places among all; seed and epoch alone decide, so that all machines agree."""
        if self.batch_size:
            order = np.random.default_rng((*np.atleast_1d(self.seed), epoch)).permutation(rows)
            return np.sort(order[step * self.batch_size :][: self.batch_size])
        return np.flatnonzero(uniform((*np.atleast_1d(self.seed), epoch), 0, rows) < self.fraction)


class Arrays:
    """The rows x (rows, inputs) and targets t (rows, units) from place ``first`` on, out of ``rows`` in all."""

    def __init__(self, x, t, first=0, rows=None):
        self.x, self.t, self.first, self.rows = x, t, first, len(x) if rows is None else rows

    def sums(self, network, plan, epoch, step):
        """Return what these rows of a step say of the weights, added up; see ``network.Sums``."""
        places = plan.places(epoch, step, self.rows)
        begin, end = np.searchsorted(places, [self.first, self.first + len(self.x)])  # they lie here

        def of_chunk(start):
            some = places[start : min(start + CHUNK, end)] - self.first
            return network.sums(self.x[some], self.t[some], Chance((*np.atleast_1d(plan.seed), epoch, step), start))

        # One chunk at least: without a row of this step its sums are zeros.
        return functools.reduce(operator.add, map(of_chunk, range(begin, max(end, begin + 1), CHUNK)))


def by_gradients(network, optimizer, data, plan, epoch):
    """Take the steps of an epoch, one update each; return mean cost and share of hits."""
    seen = []
    for step in range(plan.steps(data.rows)):
        sums = data.sums(network, plan, epoch, step)
        if sums.rows:
            cost, gradients = network.means(sums)
            network.weights = optimizer.update(network.weights, gradients, cost)
            seen.append((cost, sums.hits / sums.rows, sums.rows))
    if not seen:
        raise ValueError(f"No row was drawn: {data.rows} are too few for a fraction of {plan.fraction}.")
    costs, hits, rows = np.transpose(seen)
    return float(np.average(costs, weights=rows)), float(np.average(hits, weights=rows))


def fit(network, optimizer, data, epochs, plan=None, on_epoch=None, way=by_gradients):
    """Train on Arrays or ``on_spark.Blocks``; return cost per row, share of hits and seconds of each epoch, in a dict.

    By default a step sees all rows. A ``way`` is what an epoch does: ``by_gradients`` or ``on_spark.by_averages``.
    """
    history = {"cost": [], "accuracy": [], "seconds": []}
    for epoch in range(epochs):
        began = time.perf_counter()
        cost, accuracy = way(network, optimizer, data, plan or Plan(), epoch)
        for name, value in zip(history, (cost, accuracy, time.perf_counter() - began), strict=True):
            history[name].append(value)
        if on_epoch:
            on_epoch(history)
    return history
