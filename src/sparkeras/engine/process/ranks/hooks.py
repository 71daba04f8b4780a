"""Methods of Keras' own classes, wrapped in the training process while several workers train.

Runs on: training process.

Classes are wrapped, not objects, so that none is missed: an optimizer that a model keeps in a list, or one inside
another.
"""

from __future__ import annotations

import contextlib
import functools
import inspect
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import keras
from keras import ops

from sparkeras.engine.internals import keras_internals
from sparkeras.errors import TrainingError
from sparkeras.spark.swapping import swapped

if TYPE_CHECKING:
    from sparkeras.engine.backends.protocols import Structure, Tensor


_NO_MOMENTS = (
    f"Keras {keras.__version__} has no BatchNormalization._moments, by which padded rows are kept out of batch "
    "statistics. Install an older Keras, leave rows out until rows and batch_size divide by num_workers, or set "
    "num_workers=1."
)


class OptimizerHook(contextlib.ExitStack):
    """Give each optimizer the mean of all ranks' gradients; a context.

    Parameters
    ----------
    mean : callable
        (optimizer, gradients) to the gradients to apply, or None to leave this call alone.
    """

    def __init__(self, mean: Callable[[keras.Optimizer, list[Tensor | None]], list[Tensor | None] | None]) -> None:
        super().__init__()
        self.mean, self.at_work = mean, False

    def __enter__(self) -> OptimizerHook:
        for kind in _kinds_of(keras.optimizers.Optimizer):
            if "apply" in vars(kind):
                self.enter_context(_replaced(kind, "apply", self._apply))
        if keras.config.backend() == "jax":
            # Mixed precision on JAX: the scaling optimizer looks at the gradients before it calls any apply.
            scaling = keras.optimizers.LossScaleOptimizer
            self.enter_context(_replaced(scaling, "stateless_apply", self._stateless_apply))
        return self

    def _apply(
        self,
        original: Callable[..., Any],
        optimizer: keras.Optimizer,
        grads: list[Tensor | None],
        *rest: Any,
        **named: Any,
    ) -> Any:
        with self._outermost(optimizer, grads) as mean:
            return original(optimizer, mean, *rest, **named)

    def _stateless_apply(
        self,
        original: Callable[..., Any],
        optimizer: keras.Optimizer,
        state: list[Tensor],
        grads: list[Tensor | None],
        weights: list[Tensor],
    ) -> Any:
        with self._outermost(optimizer, grads) as mean:
            return original(optimizer, state, mean, weights)

    @contextlib.contextmanager
    def _outermost(self, optimizer: keras.Optimizer, grads: list[Tensor | None]) -> Iterator[list[Tensor | None]]:
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
def added_losses(function: Callable[[keras.Layer, Tensor], Tensor]) -> Iterator[None]:
    """Replace each loss that a layer adds (``add_loss``, activity regularizers) by ``function(layer, loss)``."""

    def add_loss(original: Callable[..., Any], layer: keras.Layer, loss: Structure) -> Any:
        return original(layer, [function(layer, each) for each in keras.tree.flatten(loss)])

    with _replaced(keras.layers.Layer, "add_loss", add_loss):
        yield


@contextlib.contextmanager
def padding_out_of_batch_statistics(model: keras.Model, real_rows: Callable[[], Tensor | None]) -> Iterator[None]:
    """Keep padded rows out of batch normalisation's mean and variance.

    Parameters
    ----------
    model : keras.Model
    real_rows : callable
        Returns 1 for a real row and 0 for padding, (rows,), or None outside of a training step.

    Raises
    ------
    TrainingError
        If this Keras has no place for that, and the model such a layer.
    """
    if not keras_internals.takes_masked_moments():
        if any(isinstance(layer, keras.layers.BatchNormalization) for layer in keras_internals.layers_of(model)):
            raise TrainingError(_NO_MOMENTS)
        yield
        return

    def moments(original: Callable[..., Any], layer: keras.Layer, inputs: Tensor, mask: Tensor | None) -> Any:
        real = real_rows()
        if mask is None and real is not None and ops.shape(real)[0] == ops.shape(inputs)[0]:
            mask = ops.reshape(real, (-1, *[1] * (len(inputs.shape) - 2)))
        return original(layer, inputs, mask)

    with _replaced(keras.layers.BatchNormalization, "_moments", moments):
        yield


@contextlib.contextmanager
def inference(model: keras.Model) -> Iterator[None]:
    """Let a model and its layers run as in prediction, although a training step calls them."""

    def call(original: Callable[..., Any], layer: keras.Layer, *arguments: Any, **named: Any) -> Any:
        return original(layer, *arguments, **(named | {"training": False} if named.get("training") else named))

    own_call = model.call

    def call_of_model(*arguments: Any, **named: Any) -> Any:
        return own_call(*arguments, **(named | {"training": False} if named.get("training") else named))

    vars(model)["call"] = call_of_model
    try:
        with _replaced(keras.Layer, "__call__", call):
            yield
    finally:
        del vars(model)["call"]


@contextlib.contextmanager
def inference_of_keras(model: keras.Model) -> Iterator[None]:
    """Let Keras' layers that draw numbers or keep moving statistics run as in prediction; users' layers train."""

    def call(original: Callable[..., Any], layer: keras.Layer, *arguments: Any, **named: Any) -> Any:
        if _draws_or_moves(layer):
            named |= {"training": False}
        return original(layer, *arguments, **named)

    with _replaced(keras.Layer, "__call__", call):
        yield


def _draws_or_moves(layer: keras.Layer) -> bool:
    """Tell whether a layer of Keras that holds no others computes something else while it trains."""
    if isinstance(layer, keras.layers.BatchNormalization):
        return True
    holds_others = keras_internals.holds_layers(layer)
    return is_of_keras(layer) and not holds_others and "training" in inspect.signature(layer.call).parameters


def is_of_keras(layer: keras.Layer) -> bool:
    """Tell whether the class of a layer is Keras' own."""
    return type(layer).__module__.startswith("keras.")


@contextlib.contextmanager
def _replaced(kind: type, name: str, function: Callable[..., Any]) -> Iterator[None]:
    """Put ``function(original, object, ...)`` in the place of a method for the length of a block."""
    original = vars(kind)[name]

    @functools.wraps(original)
    def method(self: Any, *arguments: Any, **named: Any) -> Any:
        return function(original, self, *arguments, **named)

    with swapped(kind, name, method):
        yield


def _kinds_of(kind: type) -> list[type]:
    """Return a class, its bases but ``object``, and all its subclasses, each once."""
    kinds: dict[type, None] = dict.fromkeys(kind.__mro__[:-1])
    level: list[type] = [kind]
    while level:
        below: list[type] = []
        for each in level:
            below += type.__subclasses__(each)
        kinds.update(dict.fromkeys(below))
        level = below
    return list(kinds)
