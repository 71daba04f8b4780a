"""Training: which rows a step sees, what they add up to, and the steps of an epoch.

``Arrays`` holds all rows; ``on_spark.Blocks`` has the same ``rows`` and ``sums``, and divides them among machines.
"""

from __future__ import annotations

import functools
import operator
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from sparkeras.scratch.chance import Chance, uniform
from sparkeras.scratch.network import Network, Sums
from sparkeras.scratch.optimizers import GradientDescent

# Rows that go through the network at once: few enough for a processor's cache, enough for a product of matrices.
CHUNK = 2048


@dataclass(frozen=True)
class Plan:
    """Which rows each step sees: each with the probability ``fraction``, and an epoch is one step; or ``batch_size`` of
    them in turn, shuffled, and an epoch goes through all.
    """

    fraction: float = 1.0
    batch_size: int | None = None
    seed: int | tuple[int, ...] = 0

    def __post_init__(self) -> None:
        if not 0 < self.fraction <= 1:
            raise ValueError(f"A step sees a fraction of the rows above 0 and up to 1; got {self.fraction}.")
        if self.batch_size is not None and (self.batch_size < 1 or self.fraction < 1):
            raise ValueError(f"A mini-batch has 1 row or more, and no fraction beside it; got {self}.")

    @property
    def key(self) -> tuple[int, ...]:
        """The seed as a tuple, to which an epoch and a step are added."""
        return self.seed if isinstance(self.seed, tuple) else (self.seed,)

    def steps(self, rows: int) -> int:
        """Return the number of steps of an epoch."""
        return -(-rows // self.batch_size) if self.batch_size else 1

    def places(self, epoch: int, step: int, rows: int) -> np.ndarray:
        """Return a step's rows as sorted places among all; seed and epoch alone decide, so that all machines agree."""
        if self.batch_size:
            order = np.random.default_rng((*self.key, epoch)).permutation(rows)
            return np.sort(order[step * self.batch_size :][: self.batch_size])
        return np.flatnonzero(uniform((*self.key, epoch), 0, rows) < self.fraction)


class Data(Protocol):
    """What training needs of its rows: their number, and the Sums of those that a step sees."""

    rows: int

    def sums(self, network: Network, plan: Plan, epoch: int, step: int) -> Sums: ...


class Arrays:
    """The rows x (rows, inputs) and targets t (rows, units) from place ``first`` on, out of ``rows`` in all."""

    def __init__(self, x: np.ndarray, t: np.ndarray, first: int = 0, rows: int | None = None) -> None:
        self.x, self.t, self.first, self.rows = x, t, first, len(x) if rows is None else rows

    def sums(self, network: Network, plan: Plan, epoch: int, step: int) -> Sums:
        """Return the Sums over those of these rows that the step sees."""
        places = plan.places(epoch, step, self.rows)
        begin, end = np.searchsorted(places, [self.first, self.first + len(self.x)])  # they lie here

        def of_chunk(start: int) -> Sums:
            some = places[start : min(start + CHUNK, end)] - self.first
            return network.sums(self.x[some], self.t[some], Chance((*plan.key, epoch, step), start))

        # One chunk at least: without a row of this step its sums are zeros.
        return functools.reduce(operator.add, map(of_chunk, range(begin, max(end, begin + 1), CHUNK)))


def by_gradients(
    network: Network, optimizer: GradientDescent, data: Data, plan: Plan, epoch: int
) -> tuple[float, float]:
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


def fit(
    network: Network,
    optimizer: GradientDescent,
    data: Data,
    epochs: int,
    plan: Plan | None = None,
    on_epoch: Callable[[dict[str, list[float]]], None] | None = None,
    way: Callable[..., tuple[float, float]] = by_gradients,
) -> dict[str, list[float]]:
    """Train on Arrays or ``on_spark.Blocks``; return cost per row, share of hits and seconds of each epoch, in a dict.

    By default a step sees all rows. The ``way`` of an epoch is ``by_gradients`` or ``on_spark.by_averages``.
    """
    history: dict[str, list[float]] = {"cost": [], "accuracy": [], "seconds": []}
    for epoch in range(epochs):
        began = time.perf_counter()
        cost, accuracy = way(network, optimizer, data, plan or Plan(), epoch)
        for name, value in zip(history, (cost, accuracy, time.perf_counter() - began), strict=True):
            history[name].append(value)
        if on_epoch:
            on_epoch(history)
    return history
