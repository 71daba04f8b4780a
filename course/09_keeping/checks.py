"""Lesson 9: keeping models.

Runs on: driver.
"""

import tempfile
from pathlib import Path

import numpy as np

from sparkeras.course.exercise import exercise, right, wrong


@exercise(
    "9.1",
    "The scaling inside",
    baseline="`bare`, whose predictions for unscaled wines are nonsense.",
    hints=(
        "A Sequential may begin with a Normalization layer, and layers that are trained may be used once more.",
        "keras.Sequential([keras.Input((11,)), keras.layers.Normalization(mean=mean, variance=std**2), *bare.layers])",
    ),
)
def the_scaling_inside(network, bare, wine, mean, std):
    """Judge a model that scales its rows itself."""
    if tuple(network.input_shape[1:]) != np.shape(mean):
        return wrong(f"It takes rows of the shape {network.input_shape}.", "A wine has as many numbers as `mean`.")
    if any(type(layer).__name__ == "Lambda" for layer in network.layers):
        return wrong("It scales with a Lambda layer.", "Keras does not open files with such code: use Normalization.")
    if any(hasattr(layer, "layers") for layer in network.layers):
        return wrong("`bare` is one layer in it.", "Take its layers one by one: *bare.layers")
    x = wine.x_test[:300]
    predicted = predictions_of(network, x)

    def as_if(center, deviation):
        return predicted.shape == (len(x),) and np.allclose(
            predicted, predictions_of(bare, (x - center) / deviation), atol=2e-3
        )

    if as_if(mean, std):
        return right("Whoever opens it needs no mean and no standard deviation: they are in the model.")
    if as_if(0.0, 1.0):
        return wrong("It does not scale the rows.", "Put a Normalization layer before the layers of `bare`.")
    if as_if(mean, np.sqrt(std)):
        return wrong(
            "It divides by a number that is too small.", "The variance is the square of the standard deviation."
        )
    if as_if(wine.x_test.mean(axis=0), wine.x_test.std(axis=0)):
        return wrong(
            "It scales with numbers of the test rows.",
            "Test rows are not known in advance: take the training rows' numbers.",
        )
    return wrong("Its predictions differ from those of `bare` for scaled rows.", the_scaling_inside.hints[1])


@exercise(
    "9.2",
    "The parameters in the JSON",
    baseline="model.count_params(), which needs the model.",
    hints=(
        'json.loads(text) gives dicts and lists; the layers are in ["config"]["layers"].',
        'inputs * units, plus units if layer["config"]["use_bias"]; inputs = layer["build_config"]["input_shape"][-1].',
    ),
)
def parameters_in_json(parameters_in):
    """Judge the count of parameters of two plans."""
    counts = [parameters_in(text) for text in plans()]
    if any(count is None for count in counts):
        return wrong("It returns nothing.", parameters_in_json.hints[0])
    message = f"For two plans it returns {counts[0]:,} and {counts[1]:,}; expected 33 and 83."
    if counts == [33, 83]:
        return right("The plan alone shows how large a network is; its weights are in another file.")
    if counts == [28, 76]:
        return wrong(message, "You count the weights only; each neuron has a bias, too.")
    if counts == [33, 86]:
        return wrong(message, "A layer may have no bias: look at use_bias.")
    if counts == [60, 120]:
        return wrong(message, "The number of inputs is not always the same. Each layer has its own: build_config.")
    return wrong(message, parameters_in_json.hints[1])


@exercise(
    "9.3",
    "Together again",
    baseline="a network of the plan alone, which knows nothing.",
    hints=(
        "keras.models.model_from_json makes a model of the text; the model has a method that loads weights.",
        'again = keras.models.model_from_json(text), then again.load_weights(folder / "network.weights.h5").',
    ),
)
def together_again(again, network, wine):
    """Judge a model made of its plan and its weights."""
    if again is network:
        return wrong("`again` is the very same object as `network`.", "Make it from the text and the file.")
    x = wine.x_test[:300]
    predicted, expected = predictions_of(again, x), predictions_of(network, x)
    if np.allclose(predicted, expected, atol=1e-5):
        return right("Two files make one model: its predictions are the same for every wine.")
    if np.ptp(predicted) < 1e-6:
        return wrong("It gives every wine the same mark.", "Load the weights from the file.")
    return wrong(
        f"Its marks differ from the network's by up to {np.abs(predicted - expected).max():.2f}.",
        "Its weights are still those drawn at random: load_weights is missing.",
    )


@exercise(
    "9.4",
    "A layer that survives",
    baseline="a Lambda layer, which Keras refuses to open.",
    hints=(
        "Write the four parts of the list above, one after the other. Without the first, nothing else counts.",
        'def get_config(self): return {**super().get_config(), "low": self.low, "high": self.high}',
    ),
)
def a_layer_that_survives(Between):
    """Judge a layer by a file that holds it."""
    return judge_layer(Between)


@exercise(
    "9.5",
    "What the network of 2016 said",
    baseline="today's hard_sigmoid, which is off by up to 0.08.",
    hints=(
        "One layer after the other: np.tanh(rows @ W1 + b1), then @ W2 + b2, then the cut line.",
        "np.clip(0.2 * z + 0.5, 0, 1)",
    ),
)
def output_of_2016(predicted_2016, rows, W1, b1, W2, b2):
    """Judge a forward pass by NumPy."""
    z = np.tanh(rows @ W1 + b1) @ W2 + b2
    if np.shape(predicted_2016) != z.shape:
        return wrong(f"The shape is {np.shape(predicted_2016)}.", f"One number for each row: {z.shape}.")
    if np.allclose(predicted_2016, np.clip(0.2 * z + 0.5, 0, 1), atol=1e-5):
        return right("Now you have numbers to compare with.")
    known = (
        (np.clip(z / 6 + 0.5, 0, 1), "That is Keras 3's hard_sigmoid.", "In 2016 the slope was 0.2, not 1/6."),
        (1 / (1 + np.exp(-z)), "That is the smooth sigmoid.", "The hard one is a straight line, cut off at both ends."),
        (0.2 * z + 0.5, "Some numbers lie outside of 0 to 1.", "Cut them off: np.clip."),
        (z, "That is the sum before the activation.", "The last layer has one, too: hard_sigmoid."),
    )
    for values, message, hint in known:
        if np.allclose(predicted_2016, values, atol=1e-5):
            return wrong(message, hint)
    return wrong("These are not the network's outputs.", output_of_2016.hints[0])


@exercise(
    "9.6",
    "Revived",
    baseline="the same network with Keras 3's names, off by up to 0.08.",
    hints=(
        "legacy.load takes the path of the plan, then that of the weights.",
        'of_2016 = legacy.load(folder / "of_2016.json", folder / "of_2016.h5"), and the other one alike.',
    ),
)
def revived(of_2016, of_2019, rows, W1, b1, W2, b2):
    """Judge two revived models by their predictions."""
    first = np.clip(0.2 * (np.tanh(rows @ W1 + b1) @ W2 + b2) + 0.5, 0, 1).ravel()
    second = 1 / (1 + np.exp(-(np.tanh(rows @ -W1 + b1) @ W2 - b2).ravel()))
    predicted = [predictions_of(model, rows) for model in (of_2016, of_2019)]
    off = [float(np.abs(a - b).max()) for a, b in zip(predicted, (first, second), strict=True)]
    if max(off) < 1e-5:
        return right("Both predict the same as in their own year, to the sixth digit.")
    if any(not hasattr(model, "get_weights") for model in (of_2016, of_2019)):
        return wrong("One of them is not a Keras model.", "legacy.load gives one.")
    message = f"They are off by up to {off[0]:.3f} and {off[1]:.3f}."
    if np.allclose(predicted[0], np.clip((np.tanh(rows @ W1 + b1) @ W2 + b2).ravel() / 6 + 0.5, 0, 1), atol=1e-5):
        return wrong(message, "`hard_sigmoid` changed its meaning. legacy.load knows that.")
    if np.allclose(predicted[0], second, atol=1e-5) and np.allclose(predicted[1], first, atol=1e-5):
        return wrong(message, "of_2016 and of_2019 are swapped.")
    kernels = [np.asarray(model.get_weights()[0]) for model in (of_2016, of_2019)]
    if np.allclose(kernels[0], -W1, atol=1e-5) and np.allclose(kernels[1], W1, atol=1e-5):
        return wrong(
            message, "The weights are exchanged: each plan has its own file. The shapes fit, so nothing warns."
        )
    if any(np.allclose(kernels[0], sign * W1, atol=1e-5) for sign in (1, -1)):
        return wrong(message, "One of them has the plan or the weights of the other year.")
    return wrong(message, "A plan alone gives fresh weights. Name the file of weights, too.")


def predictions_of(model, rows):
    """Return a model's predictions for rows, as one row of numbers."""
    import keras

    return keras.ops.convert_to_numpy(model(np.asarray(rows, "float32"), training=False)).ravel()


def plans():
    """Return the JSON of two small models, of 33 and of 83 parameters."""
    import keras

    def plan(inputs, *layers):
        dense = [keras.layers.Dense(units, use_bias=bias) for units, bias in layers]
        return keras.Sequential([keras.Input((inputs,)), dense[0], keras.layers.ReLU(), *dense[1:]]).to_json()

    return plan(6, (4, True), (1, True)), plan(11, (5, True), (3, False), (2, True))


def judge_layer(cls):
    """Judge a layer by the outputs of a model with it, before and after it was saved and opened."""
    import keras

    x = np.linspace(-1, 11, 25, dtype="float32")[:, None]
    model = keras.Sequential([keras.Input((1,)), cls(3, 8)])
    output = model(x)
    if output is None or not np.allclose(output, np.clip(x, 3, 8)):
        return wrong(
            "Between(3, 8) does not hold the numbers from -1 to 11 between 3 and 8.",
            "It should clip at self.low and self.high, not at the same bounds whatever its arguments.",
        )
    with tempfile.TemporaryDirectory() as place:
        path = Path(place, "own.keras")
        model.save(path)
        try:
            opened = keras.saving.load_model(path)
        except Exception as error:  # Keras raises whatever the class made of its file
            return _why(cls, model.layers[-1], error)
    if not np.allclose(opened(x), np.clip(x, 3, 8)):
        return wrong("Opened again, it clips at other bounds.", "get_config returns the values of `low` and `high`.")
    return right("The file holds its name and its bounds; your program holds its code.")


def _why(cls, own, error):
    """Say why a file with the layer does not open."""
    import keras

    if keras.saving.get_registered_object(keras.saving.get_registered_name(cls)) is not cls:
        return wrong(
            "The model was saved, and does not open: Keras does not know the name.",
            "Register the class by a decorator above it.",
        )
    if not {"low", "high"} <= set(own.get_config()):
        return wrong("It does not open: its get_config does not return `low` and `high`.", "Add both to the dict.")
    return wrong(
        f"It does not open: {' '.join(str(error).split())[:120]}",
        "Keras hands the layer's name to __init__, too: take **settings and pass them to super().__init__.",
    )
