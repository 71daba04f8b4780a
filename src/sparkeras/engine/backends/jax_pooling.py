"""Max pooling of images whose gradient is fast on the CPU, for JAX.

Runs on: training process.

XLA finds the maxima of all windows again for the gradient, one number after the other. Here the place of the maximum is
kept, one byte per window. The tangent is a plain sum over the places, chosen for its transpose: the gradient goes to
the kept place, without an addition of scattered numbers. As nothing but plain JAX is in it, derivatives of any order
and direction, ``vmap`` and ``checkpoint`` work.

Of equal numbers the first one, by rows, gets the whole gradient, as in Keras on JAX. After a ReLU that matters: many
windows are all zeros.
"""

from __future__ import annotations

import functools
from typing import TypeAlias

import jax
import jax.numpy as jnp
from jax import lax

_Pair: TypeAlias = tuple[int, int]
_MOST_PLACES = 49  # of a window; each is an operation to compile


def max_pooling(x: jax.Array, size: _Pair, strides: _Pair, padding: str) -> jax.Array | None:
    """Compute ``keras.ops.max_pool``; return None for a case that is not covered.

    Parameters
    ----------
    x : (rows, height, width, channels) array of floats
    size, strides : pair of int
        Of the windows, which must touch or overlap.
    padding : str
        ``"same"`` or ``"valid"``.
    """
    apart = strides[0] > size[0] or strides[1] > size[1]
    if not jnp.issubdtype(x.dtype, jnp.floating) or apart or size[0] * size[1] > _MOST_PLACES:
        return None
    pads = lax.padtype_to_pads(x.shape[1:3], size, strides, padding.upper())
    if any(map(any, pads)):
        x = jnp.pad(x, ((0, 0), *pads, (0, 0)), constant_values=-jnp.inf)
    if x.shape[1] < size[0] or x.shape[2] < size[1]:
        return None
    return _pool(x, (size[0], size[1]), (strides[0], strides[1]))


@functools.partial(jax.custom_jvp, nondiff_argnums=(1, 2))
def _pool(x: jax.Array, size: _Pair, strides: _Pair) -> jax.Array:
    return functools.reduce(jnp.maximum, _places(x, size, strides))


@_pool.defjvp
def _jvp(
    size: _Pair, strides: _Pair, primals: tuple[jax.Array], tangents: tuple[jax.Array]
) -> tuple[jax.Array, jax.Array]:
    (x,), (dx,) = primals, tangents
    largest, *others = _places(x, size, strides)
    place_of_largest = jnp.zeros(largest.shape, jnp.int8)
    for number, place in enumerate(others, start=1):
        place_of_largest = jnp.where(place > largest, jnp.int8(number), place_of_largest)
        largest = jnp.maximum(largest, place)
    taken = _taken_apart(dx, place_of_largest, size) if size == strides else _taken(dx, place_of_largest, size, strides)
    return largest, taken


def _places(x: jax.Array, size: _Pair, strides: _Pair) -> list[jax.Array]:
    """Return the first numbers of all windows, their second numbers, ...; by rows."""
    height, width = (_count(x.shape[axis + 1], size[axis], strides[axis]) for axis in range(2))
    return [
        x[
            :,
            top : top + (height - 1) * strides[0] + 1 : strides[0],
            left : left + (width - 1) * strides[1] + 1 : strides[1],
        ]
        for top in range(size[0])
        for left in range(size[1])
    ]


def _count(length: int, size: int, stride: int) -> int:
    return (length - size) // stride + 1


def _taken_apart(x: jax.Array, chosen: jax.Array, size: _Pair) -> jax.Array:
    """Return of each window the number at its place in ``chosen`` (rows, height, width, channels); side by side."""
    height, width, channels = chosen.shape[1:]
    x = x[:, : height * size[0], : width * size[1]].reshape(-1, height, size[0], width, size[1], channels)
    numbers = jnp.arange(size[0] * size[1], dtype=chosen.dtype).reshape(1, 1, size[0], 1, size[1], 1)
    return jnp.where(chosen[:, :, None, :, None] == numbers, x, 0).sum(axis=(2, 4))


def _taken(x: jax.Array, chosen: jax.Array, size: _Pair, strides: _Pair) -> jax.Array:
    """Return the same for windows that overlap.

    The image is cut into its phases: all numbers whose row and column leave the same remainders by the strides. The
    numbers of a phase that windows cover lie side by side. In the transpose, a phase's gradient is a sum of shifted
    pieces, and the phases are laid side by side; nothing is scattered.
    """
    height, width = chosen.shape[1:3]
    tall, broad = (-(-x.shape[axis + 1] // strides[axis]) for axis in range(2))
    above, left = ((size[axis] - 1) // strides[axis] for axis in range(2))
    edges = ((0, 0), (above, max(tall - height, 0)), (left, max(broad - width, 0)), (0, 0))
    chosen = jnp.pad(chosen, edges, constant_values=-1)
    parts = []
    for (row, column), phase in _phases(x, strides, tall, broad).items():
        for i in range(row, size[0], strides[0]):
            for j in range(column, size[1], strides[1]):
                y, z = above - i // strides[0], left - j // strides[1]
                window = chosen[:, y : y + tall, z : z + broad]
                part = jnp.where(window == i * size[1] + j, phase, 0)
                shift = ((0, 0), (y, chosen.shape[1] - tall - y), (z, chosen.shape[2] - broad - z), (0, 0))
                parts.append(jnp.pad(part, shift))
    return functools.reduce(jnp.add, parts)[:, above : above + height, left : left + width]


def _phases(x: jax.Array, strides: _Pair, tall: int, broad: int) -> dict[_Pair, jax.Array]:
    """Return {(row, column): (rows, tall, broad, channels) array} of the numbers with these remainders."""
    edges = ((0, 0), (0, tall * strides[0] - x.shape[1]), (0, broad * strides[1] - x.shape[2]), (0, 0))
    x = jnp.pad(x, edges).reshape(-1, tall, strides[0], broad, strides[1], x.shape[3])
    return {
        (row, column): phase.reshape(-1, tall, broad, x.shape[5])
        for row, band in enumerate(lax.split(x, (1,) * strides[0], axis=2))
        for column, phase in enumerate(lax.split(band, (1,) * strides[1], axis=4))
    }
