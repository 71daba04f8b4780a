"""Judge the untrained network of exercise 10.3.

Runs on: driver.
"""

import numpy as np

from sparkeras.course import networks
from sparkeras.course.exercise import right, wrong

_LEAK = "It knows numbers of the validation rows, too."


def judge_built(built, x_fit, y_fit, x_train, y_train):
    """Judge an untrained network: with weights of 0 it predicts the mean, with last biases of 1 one deviation more."""
    import keras

    if not isinstance(built, keras.Model):
        return wrong("It does not return a network.", "Five parts: Input, Normalization, Dense with ReLU, Dense(2), "
                     "Normalization(..., invert=True); then compile.")  # fmt: skip
    if tuple(built.output_shape[1:]) != (2,):
        return wrong(f"For one row it returns the shape {built.output_shape[1:]}.", "Two outputs: Dense(2).")
    if not built.compiled:
        return wrong("It is not compiled.", 'made.compile(optimizer="adam", loss="mae")')
    first = next((each for each in built.layers if isinstance(each, keras.layers.Normalization)), None)
    if first is None or np.size(first.mean) != x_fit.shape[1]:
        return wrong(
            "Not each input is scaled.", "Begin with a Normalization with x_fit's mean and variance of each column."
        )
    if np.allclose(np.ravel(first.mean), x_train.mean(axis=0), atol=1e-6):
        return wrong(_LEAK, "Take mean and variance of x_fit and y_fit.")
    if not np.allclose(np.ravel(first.mean), x_fit.mean(axis=0), atol=1e-4) or not np.allclose(
        np.ravel(first.variance), x_fit.var(axis=0), rtol=1e-3
    ):
        return wrong(
            "The inputs are not scaled by mean and variance of x_fit.",
            "mean=x_fit.mean(axis=0), variance=x_fit.var(axis=0)",
        )
    fault = _plan_fault(built)
    if fault:
        return wrong(*fault)
    zero, one = _outputs(built, x_fit)
    return _judge_ends(zero, one, y_fit, y_train)


def _plan_fault(built):
    """Return (what is wrong, hint) of layers, loss or optimizer, None if they are as asked."""
    dense = [layer for layer in built.layers if type(layer).__name__ == "Dense"]
    units = [layer.units for layer in dense]
    if units not in ([256, 2], [256, 1, 1]):
        return f"Its Dense layers have {units} units.", "One hidden layer of 256, then Dense(2)."
    if not networks.all_bend(built, "Dense", but_last=True):
        return "The hidden layer has no activation.", 'Dense(256, activation="relu")'
    if dense[-1].activation.__name__ != "linear":
        return (
            f"Its output has the activation {dense[-1].activation.__name__}.",
            "Dense(2) alone: places lie on both sides of 0.",
        )
    if built.loss not in ("mae", "mean_absolute_error") and type(built.loss).__name__ != "MeanAbsoluteError":
        return "Its loss is not the mean absolute error.", 'loss="mae"'
    if type(built.optimizer).__name__ != "Adam":
        return f"Its optimizer is {type(built.optimizer).__name__}.", 'optimizer="adam"'
    return None


def _judge_ends(zero, one, y_fit, y_train):
    """Judge the network's outputs where its last Dense layer returns 0, and where it returns 1."""
    mean, std = y_fit.mean(axis=0), y_fit.std(axis=0)
    if np.allclose(zero, mean, rtol=1e-3) and np.allclose(one - zero, std, rtol=1e-3):
        return right("A 0 of the last Dense layer means the mean place, a 1 one standard deviation more.")
    if np.allclose(zero, 0) and np.allclose(one, 1):
        return wrong("Its outputs are still standardised numbers.", "Turn them back into degrees by a last layer.")
    if np.allclose(zero, y_train.mean(axis=0), rtol=1e-5):
        return wrong(_LEAK, "Take mean and variance of x_fit and y_fit.")
    if np.allclose(zero, y_fit.mean(), rtol=1e-3):
        return wrong("Both outputs have the same mean.", "Each column by itself: axis=0.")
    if np.allclose(zero, mean, rtol=1e-3) and np.allclose(one - zero, np.sqrt(std), rtol=1e-3):
        return wrong(
            "A 1 of the last Dense layer is not one standard deviation.", "variance is its square: y_fit.var(axis=0)."
        )
    if np.allclose(one - zero, 1 / std, rtol=1e-3):
        return wrong("The last layer standardises once more.", "It should do the opposite: invert=True.")
    return wrong(
        "Where the last Dense layer returns 0, the network should predict the mean place of y_fit.",
        "See the last layer.",
    )


def _outputs(built, x):
    """Return its outputs for a row with all weights zero, and with the last biases one; puts the weights back."""
    kept, outputs = built.get_weights(), []
    for last in (0.0, 1.0):
        for variable in built.trainable_variables:
            variable.assign(np.zeros(variable.shape, "float32"))
        built.trainable_variables[-1].assign(np.full(built.trainable_variables[-1].shape, last, "float32"))
        outputs.append(built.predict(x[:1], verbose=0)[0])
    built.set_weights(kept)
    return outputs
