"""Max pooling of images whose gradient is fast on the CPU, for JAX.

Runs on: training process.

XLA finds the maxima of all windows anew for the gradient, one number after the other. Here the place of the maximum is
kept, one byte per window. The slope is a plain sum over the places, chosen for what it is when JAX turns it round: the
gradient goes where the place says, without an addition of scattered numbers. As nothing but plain JAX is in it,
derivatives of any order and direction, ``vmap`` and ``checkpoint`` work.

Of equal numbers the first one, by rows, gets the whole gradient, as in Keras on JAX. After a ReLU that matters: many
windows are all zeros.
"""

import functools

import jax
import jax.numpy as jnp
from jax import lax

_MOST_PLACES = 49  # of a window; each is an operation to compile


def max_pooling(x, size, strides, padding):
    """Return what ``keras.ops.max_pool`` returns, or None for what is not covered.

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
    return _pool(x, tuple(size), tuple(strides))


@functools.partial(jax.custom_jvp, nondiff_argnums=(1, 2))
def _pool(x, size, strides):
    return functools.reduce(jnp.maximum, _places(x, size, strides))


@_pool.defjvp
def _slope(size, strides, values, slopes):
    (x,), (dx,) = values, slopes
    first, *others = _places(x, size, strides)
    found = jnp.zeros(first.shape, jnp.int8)
    for number, place in enumerate(others, start=1):
        found = jnp.where(place > first, jnp.int8(number), found)
        first = jnp.maximum(first, place)
    taken = _taken_apart if size == strides else _taken
    return first, taken(dx, found, size, strides)


def _places(x, size, strides):
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


def _count(length, size, stride):
    return (length - size) // stride + 1


def _taken_apart(x, found, size, _):
    """Return the number of each window that ``found`` (rows, height, width, channels) says; windows side by side."""
    height, width, channels = found.shape[1:]
    x = x[:, : height * size[0], : width * size[1]].reshape(-1, height, size[0], width, size[1], channels)
    numbers = jnp.arange(size[0] * size[1], dtype=found.dtype).reshape(1, 1, size[0], 1, size[1], 1)
    return jnp.where(found[:, :, None, :, None] == numbers, x, 0).sum(axis=(2, 4))


def _taken(x, found, size, strides):
    """Return the same for windows that overlap.

    The image is cut into its phases (all numbers whose row and column leave the same remainders by the strides): what
    windows meet of a phase lies side by side. Turned round, a phase's gradient is a sum of shifted pieces, and the
    phases are laid side by side; nothing is scattered.
    """
    height, width = found.shape[1:3]
    tall, broad = (-(-x.shape[axis + 1] // strides[axis]) for axis in range(2))
    above, left = ((size[axis] - 1) // strides[axis] for axis in range(2))
    edges = ((0, 0), (above, max(tall - height, 0)), (left, max(broad - width, 0)), (0, 0))
    found = jnp.pad(found, edges, constant_values=-1)
    parts = []
    for (row, column), phase in _phases(x, strides, tall, broad).items():
        for i in range(row, size[0], strides[0]):
            for j in range(column, size[1], strides[1]):
                y, z = above - i // strides[0], left - j // strides[1]
                window = found[:, y : y + tall, z : z + broad]
                part = jnp.where(window == i * size[1] + j, phase, 0)
                shift = ((0, 0), (y, found.shape[1] - tall - y), (z, found.shape[2] - broad - z), (0, 0))
                parts.append(jnp.pad(part, shift))
    return functools.reduce(jnp.add, parts)[:, above : above + height, left : left + width]


def _phases(x, strides, tall, broad):
    """Return {(row, column): (rows, tall, broad, channels) array} of the numbers with these remainders."""
    edges = ((0, 0), (0, tall * strides[0] - x.shape[1]), (0, broad * strides[1] - x.shape[2]), (0, 0))
    x = jnp.pad(x, edges).reshape(-1, tall, strides[0], broad, strides[1], x.shape[3])
    return {
        (row, column): phase.reshape(-1, tall, broad, x.shape[5])
        for row, band in enumerate(lax.split(x, (1,) * strides[0], axis=2))
        for column, phase in enumerate(lax.split(band, (1,) * strides[1], axis=4))
    }
