"""Methods of Keras' own classes, wrapped in the training process while several workers train.

Runs on: training process.

Classes are wrapped, not objects, so that nothing gets past: an optimizer that a model keeps in a list, or one inside
another.
"""

import contextlib
import functools
import inspect

import keras
from keras import ops


class OptimizerHook(contextlib.ExitStack):
    """Let each optimizer see the mean of all ranks' gradients; a context.

    Parameters
    ----------
    mean : callable
        (optimizer, gradients) to the gradients to apply, or None to leave this call alone.
    """

    def __init__(self, mean):
        super().__init__()
        self.mean, self.at_work = mean, False

    def __enter__(self):
        for kind in _kinds_of(keras.optimizers.Optimizer):
            if "apply" in vars(kind):
                self.enter_context(_replaced(kind, "apply", self._apply))
        if keras.config.backend() == "jax":
            # Mixed precision on JAX: the scaling optimizer looks at the gradients before it calls any apply.
            self.enter_context(_replaced(keras.optimizers.LossScaleOptimizer, "stateless_apply", self._stateless_apply))
        return self

    def _apply(self, original, optimizer, grads, *rest, **named):
        with self._outermost(optimizer, grads) as seen:
            return original(optimizer, seen, *rest, **named)

    def _stateless_apply(self, original, optimizer, state, grads, weights):
        with self._outermost(optimizer, grads) as seen:
            return original(optimizer, state, seen, weights)

    @contextlib.contextmanager
    def _outermost(self, optimizer, grads):
        """Give the mean of the gradients, once: an optimizer may call another one inside."""
        mean = None if self.at_work else self.mean(optimizer, list(grads))
        if mean is None:
            yield grads
            return
        self.at_work = True
        try:
            yield mean
        finally:
            self.at_work = False


@contextlib.contextmanager
def added_losses(function):
    """Let ``function(layer, loss)`` return what counts as the loss that a layer adds (``add_loss``, activities)."""

    def add_loss(original, layer, loss):
        return original(layer, [function(layer, each) for each in keras.tree.flatten(loss)])

    with _replaced(keras.layers.Layer, "add_loss", add_loss):
        yield


@contextlib.contextmanager
def padding_out_of_batch_statistics(real_rows):
    """Keep padded rows out of batch normalisation's mean and variance.

    Parameters
    ----------
    real_rows : callable
        Returns 1 for a real row and 0 for padding, (rows,), or None outside of a training step.
    """

    def moments(original, layer, inputs, mask):
        real = real_rows()
        if mask is None and real is not None and ops.shape(real)[0] == ops.shape(inputs)[0]:
            mask = ops.reshape(real, (-1, *[1] * (len(inputs.shape) - 2)))
        return original(layer, inputs, mask)

    with _replaced(keras.layers.BatchNormalization, "_moments", moments):
        yield


@contextlib.contextmanager
def inference(model):
    """Let a model and its layers run as they predict, though a training step calls them."""

    def call(original, layer, *arguments, **named):
        return original(layer, *arguments, **(named | {"training": False} if named.get("training") else named))

    own_call = model.call

    def call_of_model(*arguments, **named):
        return own_call(*arguments, **(named | {"training": False} if named.get("training") else named))

    vars(model)["call"] = call_of_model
    try:
        with _replaced(keras.Layer, "__call__", call):
            yield
    finally:
        del vars(model)["call"]


@contextlib.contextmanager
def inference_of_keras(model):
    """Let layers of Keras that draw numbers or keep moving statistics run as they predict, and users' layers train."""

    def call(original, layer, *arguments, **named):
        if _draws_or_moves(layer):
            named |= {"training": False}
        return original(layer, *arguments, **named)

    with _replaced(keras.Layer, "__call__", call):
        yield


def _draws_or_moves(layer):
    """Tell whether a layer of Keras, not one that holds others, runs otherwise while it trains."""
    if isinstance(layer, keras.layers.BatchNormalization):
        return True
    return is_of_keras(layer) and not layer._layers and "training" in inspect.signature(layer.call).parameters


def is_of_keras(layer):
    """Tell whether Keras brings the class of a layer."""
    return type(layer).__module__.startswith("keras.")


@contextlib.contextmanager
def _replaced(kind, name, function):
    """Put ``function(original, object, ...)`` in the place of a method for the length of a block."""
    original = vars(kind)[name]

    @functools.wraps(original)
    def method(self, *arguments, **named):
        return function(original, self, *arguments, **named)

    setattr(kind, name, method)
    try:
        yield
    finally:
        setattr(kind, name, original)


def _kinds_of(kind):
    """Return a class, the classes that it stands on, and all that stand on it."""
    found = dict.fromkeys(kind.__mro__[:-1])
    waiting = [kind]
    while waiting:
        waiting = [sub for each in waiting for sub in each.__subclasses__()]
        found.update(dict.fromkeys(waiting))
    return list(found)
