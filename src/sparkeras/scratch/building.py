"""From a few numbers to a network: its layers and their first, random weights."""

from itertools import pairwise

import numpy as np

from sparkeras.scratch.activations import ACTIVATIONS
from sparkeras.scratch.layers import Dense, Dropout, Maxout
from sparkeras.scratch.losses import LOSSES
from sparkeras.scratch.network import Network

# How far from 0 the first weights w (inputs, units) may lie; numbers between -a and a have the variance a^2 / 3.
STARTS = {
    "half": lambda inputs, units: 0.5,  # as one begins without thinking about it
    "glorot": lambda inputs, units: np.sqrt(6 / (inputs + units)),  # y varies as x does (Glorot and Bengio 2010)
    "he": lambda inputs, units: np.sqrt(6 / inputs),  # so too where ReLU cuts half of it off (He et al. 2015)
}


def build(sizes, activation="tanh", output="softmax", loss="categorical_crossentropy", regulariser=None, **more):
    """Return a Network of dense layers: ``sizes`` are the inputs, each hidden layer's units, the outputs.

    Hidden layers have the ``activation``, the last one that of ``output``: names of ``ACTIVATIONS``, or "maxout";
    ``more``: ``start`` of ``STARTS``, ``dropout`` (a rate), ``pieces`` of maxout, ``seed``, ``dtype``.
    """
    if len(sizes) < 2 or min(sizes) < 1:
        raise ValueError(f"A network needs inputs and outputs, 1 or more of each; got {list(sizes)}.")
    last = known("activation", output, ACTIVATIONS)
    return Network([*_layers(sizes, activation, **more), last()], known("loss", loss, LOSSES)(), regulariser)


def _layers(sizes, activation, start="glorot", dropout=0, seed=0, dtype="float32", pieces=2):
    rng, edge = np.random.default_rng(seed), known("start", start, STARTS)
    kind = known("activation", activation, {**ACTIVATIONS, "maxout": Maxout})

    def first(inputs, units, *before):
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


def known(kind, name, table):
    """Return what a table of some kind has under a name."""
    if name not in table:
        raise ValueError(f"Unknown {kind} {name!r}; expected one of {', '.join(table)}.")
    return table[name]
