"""An object, class or module of Keras for each ``Where`` that ``keras_internals.SITES`` names."""

import functools

import keras
import numpy as np


@functools.cache
def trained_model():
    """Return a functional model of two layers after one step."""
    inputs = keras.Input((3,), name="x")
    model = keras.Model(inputs, keras.layers.Dense(1)(keras.layers.Dropout(0.5)(inputs)))
    optimizer = keras.optimizers.SGD(weight_decay=0.1)
    optimizer.exclude_from_weight_decay(var_names=["bias"])
    model.compile(optimizer, "mse", metrics=["mae"])
    model.fit(np.ones((4, 3)), np.ones((4, 1)), batch_size=2, verbose=0)
    return model


def _callback():
    callback = keras.callbacks.Callback()
    callback.set_model(trained_model())
    return callback


def _masked():
    return keras.layers.Embedding(3, 2, mask_zero=True)(np.array([[1, 0]]))


EXAMPLES = {
    "Layer": lambda: trained_model().layers[1],
    "BatchNormalization": lambda: keras.layers.BatchNormalization,
    "Variable": lambda: trained_model().variables[0],
    "Tensor": _masked,
    "Functional": trained_model,
    "Model": trained_model,
    "JAXModel": trained_model,
    "CompileLoss": lambda: trained_model()._compile_loss,
    "CompileMetrics": lambda: trained_model()._compile_metrics,
    "FlatLoss": lambda: trained_model()._compile_loss._flat_losses[0],
    "LossWrapper": keras.losses.MeanSquaredError,
    "LossModule": lambda: __import__(keras.Loss.__call__.__module__, fromlist=["loss"]),
    "Metric": lambda: keras.Metric,
    "MetricWrapper": keras.metrics.MeanAbsoluteError,
    "Optimizer": lambda: trained_model().optimizer,
    "LossScaleOptimizer": lambda: keras.optimizers.LossScaleOptimizer(keras.optimizers.SGD()),
    "Callback": _callback,
    "TensorBoard": lambda: keras.callbacks.TensorBoard,
    "OrbaxCheckpoint": lambda: keras.callbacks.OrbaxCheckpoint,
    **{
        name: functools.partial(getattr, keras.initializers, name)
        for name in ("RandomNormal", "RandomUniform", "TruncatedNormal", "VarianceScaling", "Orthogonal")
    },
}
