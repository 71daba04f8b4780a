"""Private and replaced names of Keras, and functions for those that several files use.

Runs on: driver, Spark task, training process.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any, Protocol

import keras

# "Where.name": since when, what for, what happens without it. ``Where`` is a class, or a kind of object that
# tests/engine/internals/examples.py makes. Where no loss is named, an AttributeError with the name ends the training.
SITES = {
    # Layers and their variables
    "Layer._flatten_layers": "3.0: all layers of a model, nested ones too. Without it images train slowly on JAX, and "
    "no model can be sent.",
    "Layer._layers": "3.0: tells layers that hold others, while several workers compare their first gradients.",
    "Layer._trainable_variables": "3.0: a layer's own variables, by which an opened model gets the original's order.",
    "Layer._non_trainable_variables": "3.0: the same; and the states that workers must not let depend on their rows.",
    "Layer._seed_generators": "3.0: the same, of layers that draw numbers.",
    "Layer._trainable": "3.0: freezes one layer and not those below it.",
    "Layer._call_has_training_arg": "3.0: whether a model's call takes ``training``, as Keras' own steps ask.",
    "Layer._inbound_nodes": "3.0: which Embedding reads an input, for the size of its vocabulary.",
    "Layer.add_loss": "3.0, public, replaced for a while: weights added losses by each worker's rows.",
    "Layer.__call__": "3.0, public, replaced for a while: layers run as they predict, to compare first gradients.",
    "BatchNormalization._moments": "3.0: keeps padded rows out of batch statistics. Without it a padded training of "
    "several workers is refused where the model has such a layer.",
    "Variable._path": "3.5: gives variables of an opened model the original's paths, by which optimizers choose.",
    "Tensor._keras_mask": "3.0: the mask of an output. Without it masked places would count in workers' figures.",
    # Models
    "Functional._inputs_struct": "3.0: names of a model's inputs. Without it they go by their place.",
    "Functional._outputs_struct": "3.0: names of a model's outputs. Without it they go by their place.",
    "Model._symbolic_build": "3.0: builds a model on shapes alone. Without it a start on JAX takes longer.",
    "Model._compile_config": "3.0: the arguments of compile that are saved, changed while a model is packed.",
    "Model._compile_loss": "3.0: the compiled losses.",
    "Model._compile_metrics": "3.0: the compiled metrics.",
    "Model._loss_tracker": "3.0: gets the rows of a batch as an int, by which its padding is known.",
    "Model._initial_epoch": "3.1: the epoch that BackupAndRestore begins with; None where it restored nothing.",
    "Model.train_step": "3.0, public, replaced on the object: the step over the rows of all workers.",
    "Model.test_step": "3.0, public, replaced on the object: the same for validation.",
    "Model.make_train_function": "3.0, public, replaced on the object: JAX's function that takes a worker's batches.",
    "Model.make_test_function": "3.0, public, replaced on the object: the same for validation.",
    "Model.train_function": "3.0: set to None, so that Keras compiles its step again. Without it no layer is faster.",
    "Model.test_function": "3.0: the same.",
    "Model.predict_function": "3.0: the same.",
    "JAXModel.jax_state_sync": "3.0: replaced on the object: brings variables from the mesh of all workers.",
    "JAXModel._jax_state": "3.0: the variables' values between two steps.",
    "JAXModel._jax_state_synced": "3.0: whether the variables have those values.",
    # Losses and metrics
    "CompileLoss._flat_losses": "3.7: the losses in the order of the outputs, replaced one by one.",
    "CompileLoss._user_loss_weights": "3.0: checked before training. Without it they are checked by Keras, later.",
    "CompileMetrics._user_metrics": "3.0: checked before training. Without it they are checked by Keras, later.",
    "CompileMetrics._user_weighted_metrics": "3.0: the same.",
    "FlatLoss._replace": "3.7: an entry of ``_flat_losses`` is a namedtuple with ``loss``.",
    "LossWrapper._fn_kwargs": "3.0: the arguments of a loss that is a function, e.g. its ignore_class.",
    "MetricWrapper._fn_kwargs": "3.0: the same of a metric.",
    "LossModule.reduce_weighted_values": "3.0: replaced for a while: divides by the rows of all workers.",
    "Metric.update_state": "3.0, public, replaced on the object: counts each real row once.",
    # Optimizers
    "Optimizer._trainable_variables": "3.0: the variables that an optimizer changes.",
    "Optimizer._exclude_from_weight_decay": "3.0: ids of variables without weight decay; there after the call of that "
    "name without the underscore.",
    "Optimizer._exclude_from_weight_decay_cache": "3.3: emptied with it.",
    "Optimizer._var_key": "3.0: what those ids are: of variables on JAX and torch, names on TensorFlow.",
    "Optimizer.apply": "3.0, public, replaced for a while: the mean of all workers' gradients.",
    "LossScaleOptimizer.stateless_apply": "3.0, public, replaced for a while: the same for mixed precision on JAX.",
    "LossScaleOptimizer.inner_optimizer": "3.0: the optimizer that is scaled.",
    # Initializers: __call__ is replaced while a model is opened whose weights are saved. Without it only the start is
    # slower.
    "RandomNormal.__call__": "3.0, public.",
    "RandomUniform.__call__": "3.0, public.",
    "TruncatedNormal.__call__": "3.0, public.",
    "VarianceScaling.__call__": "3.0, public.",
    "Orthogonal.__call__": "3.0, public.",
    # Callbacks
    "Callback._model": "3.0: taken away while callbacks travel. Without it they would carry the model along.",
    "TensorBoard._writers": "3.0: open files, which do not travel.",
    "OrbaxCheckpoint.checkpointer": "3.13: threads at work, which do not travel.",
    "OrbaxCheckpoint._async_futures": "3.14: the same.",
}


class FlatLoss(Protocol):
    """A compiled loss of one output, as Keras keeps it: a namedtuple."""

    loss: keras.Loss

    def _replace(self, *, loss: object) -> FlatLoss: ...


def layers_of(model: keras.Layer) -> list[keras.Layer]:
    """Return a model and all layers in it, nested ones too."""
    return list(model._flatten_layers())


def holds_layers(layer: keras.Layer) -> bool:
    """Tell whether a layer holds other layers."""
    return bool(layer._layers)


def states_of(layer: keras.Layer) -> list[keras.Variable]:
    """Return a layer's own variables that no optimizer changes, those of its seed generators last."""
    return [*layer._non_trainable_variables, *(generator.state for generator in layer._seed_generators)]


def own_variables(layer: keras.Layer) -> list[keras.Variable]:
    """Return a layer's own variables, without those of layers in it."""
    return [*layer._trainable_variables, *states_of(layer)]


def tensors_into(layer: keras.Layer) -> list[keras.KerasTensor]:
    """Return the tensors of a functional model that a layer is called on."""
    tensors: list[keras.KerasTensor] = keras.tree.flatten([node.input_tensors for node in layer._inbound_nodes])
    return tensors


def takes_training(model: keras.Model) -> bool:
    """Tell whether a model's ``call`` takes ``training``."""
    return bool(model._call_has_training_arg)


def inputs_of(model: keras.Model) -> Any:
    """Return the inputs of a functional model in the structure of its definition, None of another model."""
    return getattr(model, "_inputs_struct", None)


def outputs_of(model: keras.Model) -> Any:
    """Return the outputs of a functional model in the structure of its definition, None of another model."""
    return getattr(model, "_outputs_struct", None)


def metrics_given(model: keras.Model) -> tuple[Any, Any]:
    """Return the arguments ``metrics`` and ``weighted_metrics`` of a model's compile."""
    metrics = getattr(model, "_compile_metrics", None)
    return getattr(metrics, "_user_metrics", None), getattr(metrics, "_user_weighted_metrics", None)


def loss_weights_given(model: keras.Model) -> Any:
    """Return the argument ``loss_weights`` of a model's compile."""
    return getattr(getattr(model, "_compile_loss", None), "_user_loss_weights", None)


def mask_of(tensor: Any) -> Any:
    """Return the mask of an output of Keras, None without one."""
    return getattr(tensor, "_keras_mask", None)


def set_mask(tensor: Any, mask: Any) -> None:
    """Give a tensor a mask."""
    tensor._keras_mask = mask


def build_on_shapes(model: keras.Model, batch: tuple[Any, ...]) -> None:
    """Build variables, losses and metrics for a batch (x, y, weights), of which only the shapes are used."""
    model._symbolic_build(data_batch=batch)


def initial_epoch(model: keras.Model) -> int:
    """Return the epoch that a callback has set for the start of training, counted from 0."""
    return model._initial_epoch or 0


def flat_losses(model: keras.Model) -> list[FlatLoss]:
    """Return the compiled losses, one for each output that has one; none before they are built."""
    compiled = getattr(model, "_compile_loss", None)
    return list(compiled._flat_losses) if compiled is not None and compiled.built else []


def replace_losses(model: keras.Model, losses: list[FlatLoss]) -> None:
    """Put others in the place of ``flat_losses``."""
    if losses:
        model._compile_loss._flat_losses = losses


def call_losses(model: keras.Model, y_true: Any, y_pred: Any) -> None:
    """Call the compiled losses on labels and outputs, and forget the figures of it."""
    compiled = model._compile_loss
    try:
        compiled.call(y_true, y_pred)
    finally:
        for metric in compiled.metrics:
            metric.reset_state()


def builds_metrics_later(model: keras.Model) -> bool:
    """Tell whether compiled metrics are not built yet."""
    compiled = getattr(model, "_compile_metrics", None)
    return compiled is not None and not compiled.built


def arguments_of(wrapper: keras.Loss | keras.Metric) -> dict[str, Any]:
    """Return the further arguments of the function that a loss or metric calls; empty for a class of its own."""
    return getattr(wrapper, "_fn_kwargs", None) or {}


def loss_module() -> ModuleType:
    """Return the module whose function ``reduce_weighted_values`` every loss of Keras calls."""
    return sys.modules[keras.Loss.__call__.__module__]


def map_jax_state(model: keras.Model, function: Callable[[Any], Any]) -> None:
    """Apply a function to each array that Keras on JAX holds between steps, unless the variables have them already."""
    state = getattr(model, "_jax_state", None)
    if state and not model._jax_state_synced:
        model._jax_state = {name: values and [function(value) for value in values] for name, values in state.items()}


def takes_masked_moments() -> bool:
    """Tell whether BatchNormalization has the method that computes batch statistics, with a mask of rows."""
    return "_moments" in vars(keras.layers.BatchNormalization)
