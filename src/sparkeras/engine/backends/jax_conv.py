"""Layers of images that train faster than Keras' own, for JAX on the CPU: a context around ``fit``.

Runs on: training process.

No class and no module of Keras is changed. While the context is open, single layers have a method of their own: the
documented hook ``convolution_op`` of Conv2D, and ``call`` of pooling and depthwise layers. A layer is saved, copied and
sent by its config and weights, so none of this leaves with it.
"""

from __future__ import annotations

import collections
import contextlib
import functools
from collections.abc import Callable, Iterator
from typing import TypeAlias

import jax
import keras

from sparkeras.engine.backends.jax_pooling import max_pooling
from sparkeras.engine.backends.jax_products import convolution, depthwise
from sparkeras.engine.backends.jax_transposed import transposed
from sparkeras.engine.internals import keras_internals

# Of a layer and its method's arguments to the outputs, None to leave the call to Keras.
_Method: TypeAlias = Callable[..., jax.Array | None]


@contextlib.contextmanager
def use(model: keras.Model) -> Iterator[collections.Counter[str]]:
    """Let the layers of ``model`` compute in faster ways, nested models and wrapped layers included; a context.

    Parameters
    ----------
    model : keras.Model

    Yields
    ------
    collections.Counter
        How often each layer, by its name, was compiled in a faster way; empty on anything but JAX on a CPU.

    Notes
    -----
    Forward values and gradients are those of Keras to float tolerance. What is not covered stays Keras' own: other
    precisions than float32, groups, channels first, layers with a ``call`` of their own. docs/decisions/018 says more.
    """
    taken: collections.Counter[str] = collections.Counter()
    if keras.config.backend() != "jax" or jax.default_backend() != "cpu":
        yield taken
        return
    with contextlib.ExitStack() as hooks:
        hooks.enter_context(_compiled_anew(model))
        for layer in _layers(model):
            for name, function in _hooks(layer).items():
                hooks.enter_context(_replaced(layer, name, function, taken))
        yield taken


def _layers(model: keras.Model) -> list[keras.Layer]:
    """Return all layers of a model; none where Keras has lost its list of them, which costs the speed only."""
    try:
        return keras_internals.layers_of(model)
    except AttributeError:
        return []


def _hooks(layer: keras.Layer) -> dict[str, _Method]:
    """Return the methods of a layer to replace, by name."""
    kind = type(layer)
    if getattr(layer, "data_format", "channels_last") != "channels_last":
        return {}
    if isinstance(layer, keras.layers.Conv2D) and kind.convolution_op is keras.layers.Conv2D.convolution_op:
        return {"convolution_op": _convolved}
    exact = {
        keras.layers.MaxPooling2D: _pooled,
        keras.layers.DepthwiseConv2D: _depthwise,
        keras.layers.SeparableConv2D: _separable,
        keras.layers.Conv2DTranspose: _transposed,
    }
    return {"call": exact[kind]} if kind in exact else {}


def _convolved(layer: keras.Layer, inputs: jax.Array, kernel: jax.Array) -> jax.Array | None:
    inputs, kernel = map(keras.ops.convert_to_tensor, (inputs, kernel))
    return convolution(inputs, kernel, *_geometry(layer))


def _pooled(layer: keras.Layer, inputs: jax.Array) -> jax.Array | None:
    return max_pooling(keras.ops.convert_to_tensor(inputs), layer.pool_size, layer.strides, layer.padding)


def _depthwise(layer: keras.Layer, inputs: jax.Array) -> jax.Array | None:
    inputs, kernel = map(keras.ops.convert_to_tensor, (inputs, layer.kernel))
    return _activated(layer, depthwise(inputs, kernel, *_geometry(layer)))


def _separable(layer: keras.Layer, inputs: jax.Array) -> jax.Array | None:
    inputs, kernel, points = map(keras.ops.convert_to_tensor, (inputs, layer.depthwise_kernel, layer.pointwise_kernel))
    between = depthwise(inputs, kernel, *_geometry(layer))
    return None if between is None else _activated(layer, convolution(between, points, (1, 1), "valid", (1, 1)))


def _transposed(layer: keras.Layer, inputs: jax.Array) -> jax.Array | None:
    if layer.output_padding is not None or tuple(layer.dilation_rate) != (1, 1):
        return None
    inputs, kernel = map(keras.ops.convert_to_tensor, (inputs, layer.kernel))
    return _activated(layer, transposed(inputs, kernel, layer.strides, layer.padding))


def _geometry(layer: keras.Layer) -> tuple[tuple[int, int], str, tuple[int, int]]:
    """Return strides, padding and dilation."""
    return layer.strides, layer.padding, layer.dilation_rate


def _activated(layer: keras.Layer, outputs: jax.Array | None) -> jax.Array | None:
    """Add the bias and apply the activation, as Keras' own ``call`` does after the convolution; None stays None."""
    if outputs is None:
        return None
    if layer.use_bias:
        outputs = keras.ops.add(outputs, layer.bias)
    return outputs if layer.activation is None else layer.activation(outputs)


@contextlib.contextmanager
def _replaced(layer: keras.Layer, name: str, function: _Method, taken: collections.Counter[str]) -> Iterator[None]:
    """Give one layer a method of its own; through ``vars``, as Keras keeps track of what is assigned to a layer."""
    if name in vars(layer):
        yield  # replaced already by other code
        return
    original = getattr(layer, name)

    @functools.wraps(original)
    def method(*arguments: jax.Array) -> jax.Array:
        outputs = function(layer, *arguments)
        if outputs is None:
            return original(*arguments)
        taken[layer.name] += 1
        return outputs

    vars(layer)[name] = method
    try:
        yield
    finally:
        del vars(layer)[name]


@contextlib.contextmanager
def _compiled_anew(model: keras.Model) -> Iterator[None]:
    """Let Keras compile its functions within the block, and again after it; it keeps them otherwise."""
    names = [name for name in ("train_function", "test_function", "predict_function") if hasattr(model, name)]

    def forget() -> None:
        for name in names:
            setattr(model, name, None)

    forget()
    try:
        yield
    finally:
        forget()
