"""Convolutions of images whose gradients are matrix products, for JAX on the CPU; the forms and when each is taken.

Runs on: training process.

A convolution is linear in its kernel. Its tangent by the kernel can be written in any form that gives the same numbers;
JAX transposes that form to get the gradient. So each form below is chosen for its transpose: a matrix product. The form
itself is computed only for a forward derivative. As nothing but plain JAX is in it, derivatives of any order and
direction, ``vmap`` and ``checkpoint`` work as they do for XLA's own convolution.

Letters: x (rows, height, width, channels), w (kernel height, kernel width, channels, filters).
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import NamedTuple, TypeAlias

import jax
import jax.numpy as jnp
from jax import lax
from jax.custom_derivatives import SymbolicZero

Tangent: TypeAlias = jax.Array | SymbolicZero
_Pair: TypeAlias = tuple[int, int]
_FEW = 36  # numbers under the kernel: unfolding the image costs less than it saves
_WIDE, _NARROW = 32, 8  # filters and channels from which matrix products are worth their unfolding
_SMALL = 9  # places of the kernel up to which they are
_SHORT, _MIDDLE = 14, 64  # sides of images, and channels, up to which they are forwards too


class Geometry(NamedTuple):
    """Where a kernel is laid: ``strides``, ``dilation`` and ``pads`` ((before, after)) of height and width."""

    strides: _Pair
    dilation: _Pair
    pads: tuple[_Pair, _Pair]

    def starts(self, axis: int, size: int) -> list[int]:
        """Return where the places of the kernel begin on a padded axis."""
        return [place * self.dilation[axis] for place in range(size)]

    def window(self, axis: int, start: int, count: int) -> slice:
        """Return the places of a padded axis, ``count``, that one place of the kernel covers."""
        stride = self.strides[axis]
        return slice(start, start + (count - 1) * stride + 1, stride)

    def counts(self, x: jax.Array, w: jax.Array) -> list[int]:
        """Return height and width of the result."""
        return [
            (x.shape[axis + 1] + sum(self.pads[axis]) - (w.shape[axis] - 1) * self.dilation[axis] - 1)
            // self.strides[axis]
            + 1
            for axis in range(2)
        ]


def convolution(x: jax.Array, w: jax.Array, strides: _Pair, padding: str, dilation: _Pair) -> jax.Array | None:
    """Compute ``keras.ops.conv``; return None for a case that is not covered.

    Parameters
    ----------
    x : (rows, height, width, channels) array
    w : (kernel height, kernel width, channels, filters) array
    strides, dilation : pair of int
    padding : str
        ``"same"`` or ``"valid"``.
    """
    if x.dtype != jnp.float32 or w.dtype != jnp.float32 or x.shape[3] != w.shape[2]:
        return None  # half precision would add up in half precision; groups have kernels of fewer channels
    if w.shape[:2] == (1, 1):
        return jnp.einsum("nhwc,cf->nhwf", x[:, :: strides[0], :: strides[1]], w[0, 0])
    ways = _ways(w.shape, strides, max(x.shape[1:3]))
    return _convolve(x, w, _geometry(x, w, strides, padding, dilation), ways)


def _geometry(x: jax.Array, w: jax.Array, strides: _Pair, padding: str, dilation: _Pair) -> Geometry:
    kernel = [(size - 1) * gap + 1 for size, gap in zip(w.shape[:2], dilation, strict=True)]
    vertical, horizontal = lax.padtype_to_pads(x.shape[1:3], kernel, strides, padding.upper())
    return Geometry((strides[0], strides[1]), (dilation[0], dilation[1]), (vertical, horizontal))


_Form: TypeAlias = Callable[[jax.Array, jax.Array, Geometry], jax.Array]


class Ways(NamedTuple):
    """The forms of the convolution itself, and of its tangents by image and by kernel."""

    itself: _Form
    by_x: _Form
    by_w: _Form


def _ways(shape: tuple[int, ...], strides: _Pair, side: int) -> Ways:
    """Return the Ways for a kernel's shape, strides, and the longer side of the image; see docs/decisions/018."""
    places, channels, filters = shape[0] * shape[1], shape[2], shape[3]
    if filters >= _WIDE and places * channels <= _FEW:
        return Ways(unfolded, unfolded, unfolded)
    by_x = unfolded if places * channels <= _FEW and channels == 1 else xla
    if filters < _WIDE or places > _SMALL or channels < _NARROW:
        return Ways(xla, by_x, xla)
    if tuple(strides) != (1, 1):
        return Ways(xla, by_x, unfolded_rows)
    direct = half_unfolded if side <= _SHORT and max(channels, filters) <= _MIDDLE else xla
    return Ways(direct, direct, half_unfolded)


@functools.partial(jax.custom_jvp, nondiff_argnums=(2, 3))
def _convolve(x: jax.Array, w: jax.Array, geometry: Geometry, ways: Ways) -> jax.Array:
    if ways.itself is not xla:
        return ways.itself(x, w, geometry)
    if x.shape[3] > 1 and x.shape[3] % 2:
        # XLA takes up to five times as long for 3 channels as for 4.
        x, w = jnp.pad(x, ((0, 0),) * 3 + ((0, 1),)), jnp.pad(w, ((0, 0), (0, 0), (0, 1), (0, 0)))
    return xla(x, w, geometry)


def _jvp(
    geometry: Geometry, ways: Ways, primals: tuple[jax.Array, jax.Array], tangents: tuple[Tangent, Tangent]
) -> tuple[jax.Array, jax.Array]:
    """Return the convolution and its tangent, for those of image and kernel; ``_convolve``'s rule."""
    (x, w), (dx, dw) = primals, tangents
    y = _convolve(x, w, geometry, ways)
    parts = []
    if not isinstance(dx, SymbolicZero):  # as for the first layer's images
        parts.append(ways.by_x(dx, w, geometry))
    if not isinstance(dw, SymbolicZero):
        parts.append(ways.by_w(x, dw, geometry))
    return y, functools.reduce(jnp.add, parts) if parts else jnp.zeros_like(y)


_convolve.defjvp(_jvp, symbolic_zeros=True)


def xla(x: jax.Array, w: jax.Array, geometry: Geometry) -> jax.Array:
    """XLA's own convolution; its transpose by the image is one again, and fast."""
    return lax.conv_general_dilated(
        x,
        w,
        geometry.strides,
        geometry.pads,
        rhs_dilation=geometry.dilation,
        dimension_numbers=("NHWC", "HWIO", "NHWC"),
    )


def unfolded(x: jax.Array, w: jax.Array, geometry: Geometry) -> jax.Array:
    """The numbers under the whole kernel side by side, then one product; in the transpose, dw is one product too."""
    height, width = geometry.counts(x, w)
    x = jnp.pad(x, ((0, 0), *geometry.pads, (0, 0)))
    places = [
        x[:, geometry.window(0, top, height), geometry.window(1, left, width)]
        for top in geometry.starts(0, w.shape[0])
        for left in geometry.starts(1, w.shape[1])
    ]
    return _product(jnp.concatenate(places, axis=3), w.reshape(-1, w.shape[3]))


def unfolded_rows(x: jax.Array, w: jax.Array, geometry: Geometry) -> jax.Array:
    """The numbers under a row of the kernel side by side, then one product per row; so it is for dw."""
    height, width = geometry.counts(x, w)
    x = _wide(jnp.pad(x, ((0, 0), *geometry.pads, (0, 0))), w, geometry, width)
    return functools.reduce(
        jnp.add,
        (
            _product(x[:, geometry.window(0, top, height)], row.reshape(-1, w.shape[3]))
            for top, row in zip(geometry.starts(0, w.shape[0]), w, strict=True)
        ),
    )


def half_unfolded(x: jax.Array, w: jax.Array, geometry: Geometry) -> jax.Array:
    """The numbers under a row of the kernel side by side, one product for all rows, shifted; for strides of 1.

    In the transpose, the incoming gradient is unfolded along the height and x along the width, and dw is one product of
    the two: 3 + 3 copies for a kernel of 3 x 3, where unfolding x alone makes 9.
    """
    height, width = geometry.counts(x, w)
    rows, filters = w.shape[0], w.shape[3]
    x = _wide(jnp.pad(x, ((0, 0), (0, 0), geometry.pads[1], (0, 0))), w, geometry, width)
    y = _product(x, w.transpose(1, 2, 0, 3).reshape(-1, rows * filters))
    parts = []
    for row, top in enumerate(geometry.starts(0, rows)):
        shift = geometry.pads[0][0] - top
        edges = ((0, 0, 0), (shift, height - x.shape[1] - shift, 0), (0, 0, 0), (0, 0, 0))
        parts.append(lax.pad(y[..., row * filters : (row + 1) * filters], jnp.zeros((), y.dtype), edges))
    return functools.reduce(jnp.add, parts)


def _wide(x: jax.Array, w: jax.Array, geometry: Geometry, width: int) -> jax.Array:
    """Return the numbers under a row of the kernel, side by side as channels."""
    parts = [x[:, :, geometry.window(1, left, width)] for left in geometry.starts(1, w.shape[1])]
    return jnp.concatenate(parts, axis=3)


def _product(x: jax.Array, w: jax.Array) -> jax.Array:
    return jnp.dot(x.reshape(-1, x.shape[3]), w).reshape(*x.shape[:3], w.shape[1])


def depthwise(x: jax.Array, w: jax.Array, strides: _Pair, padding: str, dilation: _Pair) -> jax.Array | None:
    """Compute ``keras.ops.depthwise_conv`` as a sum over the places of the kernel; return None if not covered.

    Parameters
    ----------
    x : (rows, height, width, channels) array
    w : (kernel height, kernel width, channels, multiplier) array

    Notes
    -----
    XLA's own takes 70 times as long on the CPU.
    """
    if x.dtype != jnp.float32 or w.dtype != jnp.float32 or w.shape[0] * w.shape[1] > _FEW:
        return None
    geometry = _geometry(x, w, strides, padding, dilation)
    height, width = geometry.counts(x, w)
    x = jnp.pad(jnp.repeat(x, w.shape[3], axis=3), ((0, 0), *geometry.pads, (0, 0)))
    parts = [
        x[:, geometry.window(0, top, height), geometry.window(1, left, width)] * w[row, column].reshape(-1)
        for row, top in enumerate(geometry.starts(0, w.shape[0]))
        for column, left in enumerate(geometry.starts(1, w.shape[1]))
    ]
    return functools.reduce(jnp.add, parts)
