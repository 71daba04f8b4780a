"""From a few numbers to a network: its layers and their first, random weights."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import TypeVar

import numpy as np

from sparkeras.scratch.activations import ACTIVATIONS
from sparkeras.scratch.layer import Layer
from sparkeras.scratch.layers import Dense, Dropout, Maxout
from sparkeras.scratch.losses import LOSSES, Regulariser
from sparkeras.scratch.network import Network

# How far from 0 the first weights w (inputs, units) may lie; numbers between -a and a have the variance a^2 / 3.
STARTS: dict[str, Callable[[int, int], float]] = {
    "half": lambda inputs, units: 0.5,  # as one begins without thinking about it
    "glorot": lambda inputs, units: np.sqrt(6 / (inputs + units)),  # y varies as x does (Glorot and Bengio 2010)
    "he": lambda inputs, units: np.sqrt(6 / inputs),  # so too where ReLU cuts half of it off (He et al. 2015)
}
T = TypeVar("T")


def build(
    sizes: Sequence[int],
    activation: str = "tanh",
    output: str = "softmax",
    loss: str = "categorical_crossentropy",
    regulariser: Regulariser | None = None,
    *,
    start: str = "glorot",
    dropout: float = 0,
    seed: int = 0,
    dtype: str = "float32",
    pieces: int = 2,
) -> Network:
    """Return a Network of dense layers: ``sizes`` are the inputs, each hidden layer's units, the outputs.

    Hidden layers have the ``activation``, the last one that of ``output``: names of ``ACTIVATIONS``, or "maxout" with
    so many ``pieces``; ``start`` is one of ``STARTS``, ``dropout`` a rate.
    """
    if len(sizes) < 2 or min(sizes) < 1:
        raise ValueError(f"A network needs inputs and outputs, 1 or more of each; got {list(sizes)}.")
    last = known("activation", output, ACTIVATIONS)
    layers = _layers(sizes, activation, start, dropout, seed, dtype, pieces)
    return Network([*layers, last()], known("loss", loss, LOSSES)(), regulariser)


def _layers(
    sizes: Sequence[int], activation: str, start: str, dropout: float, seed: int, dtype: str, pieces: int
) -> Iterator[Layer]:
    rng, edge = np.random.default_rng(seed), known("start", start, STARTS)
    kinds: dict[str, type[Layer]] = {**ACTIVATIONS, "maxout": Maxout}
    kind = known("activation", activation, kinds)

    def first(inputs: int, units: int, *before: int) -> np.ndarray:
        return (rng.uniform(-1, 1, (*before, inputs, units)) * edge(inputs, units)).astype(dtype)

    for inputs, units in pairwise(sizes[:-1]):
        if kind is Maxout:
            yield Maxout(first(inputs, units, pieces), np.zeros((pieces, 1, units), dtype))
        else:
            yield Dense(first(inputs, units), np.zeros(units, dtype))
            yield kind()
        if dropout:
            yield Dropout(dropout)
    yield Dense(first(*sizes[-2:]), np.zeros(sizes[-1], dtype))


def known(kind: str, name: str, table: Mapping[str, T]) -> T:
    """Return a table's entry; ``kind`` is the noun of the error where it has none."""
    if name not in table:
        raise ValueError(f"Unknown {kind} {name!r}; expected one of {', '.join(table)}.")
    return table[name]
