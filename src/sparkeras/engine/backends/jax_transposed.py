"""Transposed convolutions of images whose gradients are matrix products, for JAX on the CPU.

Runs on: training process.

A transposed convolution lays a kernel, scaled by each number of the image, on a larger image and adds up what overlaps:
one product gives all kernels to lay, *folding* lays them. In the transpose, for the gradient, folding only cuts out,
and the product is one again. XLA takes fifteen times as long for the same.

Letters: x (rows, height, width, channels), w (kernel height, kernel width, filters, channels).
"""

from __future__ import annotations

import functools
from typing import TypeAlias

import jax
import jax.numpy as jnp
import keras
from jax import lax
from jax.custom_derivatives import SymbolicZero

from sparkeras.engine.backends.jax_products import Tangent

_Pair: TypeAlias = tuple[int, int]
_MOST_PLACES = 49  # of a kernel; each is an operation to compile


def transposed(x: jax.Array, w: jax.Array, strides: _Pair, padding: str) -> jax.Array | None:
    """Compute ``keras.ops.conv_transpose``; return None for a case that is not covered.

    Parameters
    ----------
    x : (rows, height, width, channels) array
    w : (kernel height, kernel width, filters, channels) array
    strides : pair of int
        At most the kernel's sides.
    padding : str
        ``"same"`` or ``"valid"``.
    """
    apart = w.shape[0] < strides[0] or w.shape[1] < strides[1]
    if x.dtype != jnp.float32 or w.dtype != jnp.float32 or apart or w.shape[0] * w.shape[1] > _MOST_PLACES:
        return None
    if w.shape[:2] == tuple(strides):
        return _side_by_side(x, w)
    if tuple(strides) == (1, 1):
        return None  # XLA is the faster one
    return _overlapping(x, w, (strides[0], strides[1]), padding)


def _side_by_side(x: jax.Array, w: jax.Array) -> jax.Array:
    """Lay kernels that touch and do not overlap; "same" and "valid" mean the same then."""
    rows, height, width = x.shape[:3]
    tall, broad, filters = w.shape[:3]
    return _kernels(x, w).transpose(0, 1, 3, 2, 4, 5).reshape(rows, height * tall, width * broad, filters)


@functools.partial(jax.custom_jvp, nondiff_argnums=(2, 3))
def _overlapping(x: jax.Array, w: jax.Array, strides: _Pair, padding: str) -> jax.Array:
    outputs: jax.Array = keras.ops.conv_transpose(x, w, strides, padding)
    return outputs


def _jvp(
    strides: _Pair, padding: str, primals: tuple[jax.Array, jax.Array], tangents: tuple[Tangent, Tangent]
) -> tuple[jax.Array, jax.Array]:
    """Return the result and its tangent, for those of image and kernel; ``_overlapping``'s rule."""
    (x, w), (dx, dw) = primals, tangents
    y = _overlapping(x, w, strides, padding)
    parts = []
    if not isinstance(dx, SymbolicZero):
        parts.append(
            keras.ops.conv_transpose(dx, w, strides, padding)
        )  # the transpose is a plain convolution, and fast
    if not isinstance(dw, SymbolicZero):
        parts.append(_folded(_kernels(x, dw), strides, (y.shape[1], y.shape[2])))
    return y, functools.reduce(jnp.add, parts) if parts else jnp.zeros_like(y)


_overlapping.defjvp(_jvp, symbolic_zeros=True)


def _kernels(x: jax.Array, w: jax.Array) -> jax.Array:
    """Return the kernel scaled by each number: (rows, height, width, kernel height, kernel width, filters)."""
    product = jnp.dot(x.reshape(-1, x.shape[3]), w.transpose(3, 0, 1, 2).reshape(x.shape[3], -1))
    return product.reshape(*x.shape[:3], *w.shape[:3])


def _folded(kernels: jax.Array, strides: _Pair, sides: _Pair) -> jax.Array:
    """Lay kernels ``strides`` apart, add up, and cut the middle of ``sides`` out, as "same" padding does."""
    height, width, tall, broad = kernels.shape[1:5]
    parts = []
    for row in range(tall):
        for column in range(broad):
            edges = [
                _edges(count, stride, size, place, side)
                for count, stride, size, place, side in zip(
                    (height, width), strides, (tall, broad), (row, column), sides, strict=True
                )
            ]
            piece = kernels[:, :, :, row, column]
            parts.append(lax.pad(piece, jnp.zeros((), piece.dtype), ((0, 0, 0), *edges, (0, 0, 0))))
    return functools.reduce(jnp.add, parts)


def _edges(count: int, stride: int, size: int, place: int, side: int) -> tuple[int, int, int]:
    """Return the padding of one place of the kernels: before, after, and between its numbers."""
    laid = (count - 1) * stride + 1
    cut = ((count - 1) * stride + size - side) // 2
    before = place - cut
    return before, side - before - laid, stride - 1
