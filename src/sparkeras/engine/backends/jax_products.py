"""Convolutions of images whose gradients are matrix products, for JAX on the CPU; the ways and when each is taken.

Runs on: training process.

A convolution is linear in its kernel. Its slope by the kernel can be written in any form that gives the same numbers;
JAX turns that form round to get the gradient. So each form below is chosen for what it is when turned round: a matrix
product. The form itself is computed only where somebody asks for a forward derivative. As nothing but plain JAX is in
it, derivatives of any order and direction, ``vmap`` and ``checkpoint`` work as they do for XLA's own convolution.

Letters: x (rows, height, width, channels), w (kernel height, kernel width, channels, filters).
"""

import functools
from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import lax
from jax.custom_derivatives import SymbolicZero

_FEW = 36  # numbers under the kernel: unfolding the image costs less than it saves
_WIDE, _NARROW = 32, 8  # filters and channels from which matrix products are worth their unfolding
_SMALL = 9  # places of the kernel up to which they are
_SHORT, _MIDDLE = 14, 64  # sides of images, and channels, up to which they are forwards too


class Geometry(NamedTuple):
    """Where a kernel is laid: ``strides``, ``dilation`` and ``pads`` ((before, after)) of height and width."""

    strides: tuple
    dilation: tuple
    pads: tuple

    def starts(self, axis, size):
        """Return where the places of the kernel begin on a padded axis."""
        return [place * self.dilation[axis] for place in range(size)]

    def slice(self, axis, start, count):
        """Return what one place of the kernel meets, ``count`` times."""
        stride = self.strides[axis]
        return slice(start, start + (count - 1) * stride + 1, stride)

    def counts(self, x, w):
        """Return height and width of the result."""
        return [
            (x.shape[axis + 1] + sum(self.pads[axis]) - (w.shape[axis] - 1) * self.dilation[axis] - 1)
            // self.strides[axis]
            + 1
            for axis in range(2)
        ]


def convolution(x, w, strides, padding, dilation):
    """Return what ``keras.ops.conv`` returns, or None where that is as fast or what is asked for is not covered.

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
    kernel = [(size - 1) * gap + 1 for size, gap in zip(w.shape[:2], dilation, strict=True)]
    pads = lax.padtype_to_pads(x.shape[1:3], kernel, strides, padding.upper())
    ways = _ways(w.shape, strides, max(x.shape[1:3]))
    return _convolve(x, w, Geometry(tuple(strides), tuple(dilation), tuple(pads)), ways)


class Ways(NamedTuple):
    """The forms of the convolution itself, and of its slopes by image and by kernel."""

    itself: Callable
    by_x: Callable
    by_w: Callable


def _ways(shape, strides, side):
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
def _convolve(x, w, geometry, ways):
    if ways.itself is not xla:
        return ways.itself(x, w, geometry)
    if x.shape[3] > 1 and x.shape[3] % 2:
        # XLA takes up to five times as long for 3 channels as for 4.
        x, w = jnp.pad(x, ((0, 0),) * 3 + ((0, 1),)), jnp.pad(w, ((0, 0), (0, 0), (0, 1), (0, 0)))
    return xla(x, w, geometry)


def _slope(geometry, ways, values, slopes):
    """Return the convolution and its slope along those of image and kernel; ``_convolve``'s rule."""
    (x, w), (dx, dw) = values, slopes
    y = _convolve(x, w, geometry, ways)
    parts = []
    if not isinstance(dx, SymbolicZero):  # nobody asks for the gradient by the first layer's images
        parts.append(ways.by_x(dx, w, geometry))
    if not isinstance(dw, SymbolicZero):
        parts.append(ways.by_w(x, dw, geometry))
    return y, functools.reduce(jnp.add, parts) if parts else jnp.zeros_like(y)


_convolve.defjvp(_slope, symbolic_zeros=True)


def xla(x, w, geometry):
    """XLA's own convolution; turned round by the image it is one again, and fast."""
    return lax.conv_general_dilated(
        x,
        w,
        geometry.strides,
        geometry.pads,
        rhs_dilation=geometry.dilation,
        dimension_numbers=("NHWC", "HWIO", "NHWC"),
    )


def unfolded(x, w, geometry):
    """All that lies under the kernel side by side, then one product; turned round, dw is one product too."""
    height, width = geometry.counts(x, w)
    x = jnp.pad(x, ((0, 0), *geometry.pads, (0, 0)))
    places = [
        x[:, geometry.slice(0, top, height), geometry.slice(1, left, width)]
        for top in geometry.starts(0, w.shape[0])
        for left in geometry.starts(1, w.shape[1])
    ]
    return _product(jnp.concatenate(places, axis=3), w.reshape(-1, w.shape[3]))


def unfolded_rows(x, w, geometry):
    """A row of the kernel side by side, then one product per row; turned round, dw is one product per row."""
    height, width = geometry.counts(x, w)
    x = _wide(jnp.pad(x, ((0, 0), *geometry.pads, (0, 0))), w, geometry, width)
    return functools.reduce(
        jnp.add,
        (
            _product(x[:, geometry.slice(0, top, height)], row.reshape(-1, w.shape[3]))
            for top, row in zip(geometry.starts(0, w.shape[0]), w, strict=True)
        ),
    )


def half_unfolded(x, w, geometry):
    """A row of the kernel side by side, one product for all rows, whose results are shifted; for strides of 1.

    Turned round, the gradient that comes in is unfolded along the height and x along the width, and dw is one product
    of the two: 3 + 3 copies for a kernel of 3 x 3, where unfolding x alone makes 9.
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


def _wide(x, w, geometry, width):
    """Return what a row of the kernel meets, side by side as channels."""
    parts = [x[:, :, geometry.slice(1, left, width)] for left in geometry.starts(1, w.shape[1])]
    return jnp.concatenate(parts, axis=3)


def _product(x, w):
    return jnp.dot(x.reshape(-1, x.shape[3]), w).reshape(*x.shape[:3], w.shape[1])


def depthwise(x, w, strides, padding, dilation):
    """Return what ``keras.ops.depthwise_conv`` returns, as a sum over the places of the kernel; None if not covered.

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
    kernel = [(size - 1) * gap + 1 for size, gap in zip(w.shape[:2], dilation, strict=True)]
    pads = lax.padtype_to_pads(x.shape[1:3], kernel, strides, padding.upper())
    geometry = Geometry(tuple(strides), tuple(dilation), tuple(pads))
    height, width = geometry.counts(x, w)
    x = jnp.pad(jnp.repeat(x, w.shape[3], axis=3), ((0, 0), *pads, (0, 0)))
    parts = [
        x[:, geometry.slice(0, top, height), geometry.slice(1, left, width)] * w[row, column].reshape(-1)
        for row, top in enumerate(geometry.starts(0, w.shape[0]))
        for column, left in enumerate(geometry.starts(1, w.shape[1]))
    ]
    return functools.reduce(jnp.add, parts)
