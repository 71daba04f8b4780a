"""Lesson 9: keeping models.

Runs on: driver.
"""

import numpy as np

from sparkeras.course.checks import kept_models
from sparkeras.course.exercise import Mistake, exercise, right, wrong


@exercise(
    "9.1",
    "The scaling inside",
    baseline="`bare`, which says nonsense of wines as they were measured.",
    hints=(
        "A Sequential may begin with a Normalization layer, and layers that are trained may be used once more.",
        "keras.Sequential([keras.Input((11,)), keras.layers.Normalization(mean=mean, variance=std**2), *bare.layers])",
    ),
    mistakes=(
        Mistake("no scaling", "network = bare", "does not scale"),
        Mistake("the deviation for the variance", kept_models.scaled_by("mean=mean, variance=std"), "square"),
        Mistake(
            "numbers of the test rows",
            kept_models.scaled_by("mean=wine.x_test.mean(axis=0), variance=wine.x_test.var(axis=0)"),
            "rows of the future",
        ),
    ),
)
def the_scaling_inside(network, bare, wine, mean, std):
    """Judge a model that scales its rows itself."""
    if tuple(network.input_shape[1:]) != np.shape(mean):
        return wrong(f"It takes rows of the shape {network.input_shape}.", "A wine has as many numbers as `mean`.")
    if any(type(layer).__name__ == "Lambda" for layer in network.layers):
        return wrong("It scales by a Lambda.", "Keras does not open files with such code: Normalization.")
    if any(hasattr(layer, "layers") for layer in network.layers):
        return wrong("`bare` stands in it as one layer.", "Take its layers one by one: *bare.layers")
    x = wine.x_test[:300]
    said = kept_models.said_by(network, x)

    def as_if(center, deviation):
        return said.shape == (len(x),) and np.allclose(
            said, kept_models.said_by(bare, (x - center) / deviation), atol=2e-3
        )

    if as_if(mean, std):
        return right("Whoever opens it needs no mean and no deviation: they are inside.")
    if as_if(0.0, 1.0):
        return wrong("It does not scale the rows.", "A Normalization layer in front of the layers of `bare`.")
    if as_if(mean, np.sqrt(std)):
        return wrong("It divides by too small a number.", "The variance is the square of the standard deviation.")
    if as_if(wine.x_test.mean(axis=0), wine.x_test.std(axis=0)):
        return wrong(
            "It scales with numbers of the test rows.", "These are rows of the future: take the training rows' numbers."
        )
    return wrong("It does not say what `bare` says of scaled rows.", the_scaling_inside.hints[1])


@exercise(
    "9.2",
    "The parameters in the JSON",
    baseline="model.count_params(), which needs the model.",
    hints=(
        'json.loads(text) gives dicts and lists; the layers are in ["config"]["layers"].',
        'inputs * units, plus units if layer["config"]["use_bias"]; inputs = layer["build_config"]["input_shape"][-1].',
    ),
    mistakes=(
        Mistake("no biases", kept_models.counting("inputs * units"), "weights only"),
        Mistake("always a bias", kept_models.counting("(inputs + 1) * units"), "use_bias"),
        Mistake("eleven inputs for ever", kept_models.counting("(11 + 1) * units"), "the inputs"),
    ),
)
def parameters_in_json(parameters_in):
    """Judge the count of parameters of two plans."""
    said = [parameters_in(text) for text in kept_models.plans()]
    if any(number is None for number in said):
        return wrong("It returns nothing.", parameters_in_json.hints[0])
    told = f"Of two plans it says {said[0]:,} and {said[1]:,}; expected 33 and 83."
    if said == [33, 83]:
        return right("The plan alone says how large a network is; what it has learned stands elsewhere.")
    if said == [28, 76]:
        return wrong(told, "You count the weights only; each neuron has a bias, too.")
    if said == [33, 86]:
        return wrong(told, "A layer may have no bias: look at use_bias.")
    if said == [60, 120]:
        return wrong(told, "You take the inputs for known. Each layer says its own: build_config.")
    return wrong(told, parameters_in_json.hints[1])


@exercise(
    "9.3",
    "Together again",
    baseline="a network of the plan alone, which knows nothing.",
    hints=(
        "keras.models.model_from_json makes a model of the text; the model has a method that loads weights.",
        'again = keras.models.model_from_json(text), then again.load_weights(folder / "network.weights.h5").',
    ),
    mistakes=(
        Mistake("the plan alone", "again = keras.models.model_from_json(text)", "drawn at random"),
        Mistake("the model in memory", "again = network", "the very same object"),
        Mistake(
            "the numbers of the layers before",
            "again = keras.models.model_from_json(text)\n"
            "again.set_weights([np.zeros_like(each) for each in network.get_weights()])",
            "same mark",
        ),
    ),
)
def together_again(again, network, wine):
    """Judge a model made of its plan and its weights."""
    if again is network:
        return wrong("`again` is the very same object as `network`.", "Make it from the text and the file.")
    x = wine.x_test[:300]
    said, expected = kept_models.said_by(again, x), kept_models.said_by(network, x)
    if np.allclose(said, expected, atol=1e-5):
        return right("Two files, one model: it says the same of every wine.")
    if np.ptp(said) < 1e-6:
        return wrong("It gives every wine the same mark.", "Load the weights from the file.")
    return wrong(
        f"Its marks differ from the network's by up to {np.abs(said - expected).max():.2f}.",
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
    mistakes=(
        Mistake("not registered", kept_models.layer(register=""), "does not know the name"),
        Mistake("the bounds are lost", kept_models.layer(config="super().get_config()"), "says nothing of"),
        Mistake("fixed bounds", kept_models.layer(bounds="0, 10"), "whatever its arguments"),
        Mistake("no settings", kept_models.layer(settings=False), "**settings"),
    ),
)
def a_layer_that_survives(Between):
    """Judge a layer by a file that holds it."""
    return kept_models.judge_layer(Between)


@exercise(
    "9.5",
    "What the network of 2016 said",
    baseline="today's hard_sigmoid, which is off by up to 0.08.",
    hints=(
        "One layer after the other: np.tanh(rows @ W1 + b1), then @ W2 + b2, then the cut line.",
        "np.clip(0.2 * z + 0.5, 0, 1)",
    ),
    mistakes=(
        Mistake("today's function", kept_models.forward("np.clip(z / 6 + 0.5, 0, 1)"), "Keras 3's"),
        Mistake("a plain sigmoid", kept_models.forward("1 / (1 + np.exp(-z))"), "smooth"),
        Mistake("not cut off", kept_models.forward("0.2 * z + 0.5"), "outside of 0 to 1"),
        Mistake("no activation", kept_models.forward("z"), "before the activation"),
    ),
)
def what_it_said(said_2016, rows, W1, b1, W2, b2):
    """Judge a forward pass by NumPy."""
    z = np.tanh(rows @ W1 + b1) @ W2 + b2
    if np.shape(said_2016) != z.shape:
        return wrong(f"The shape is {np.shape(said_2016)}.", f"One number for each row: {z.shape}.")
    if np.allclose(said_2016, np.clip(0.2 * z + 0.5, 0, 1), atol=1e-5):
        return right("Now there is a number to compare with.")
    known = (
        (np.clip(z / 6 + 0.5, 0, 1), "That is Keras 3's hard_sigmoid.", "In 2016 the slope was 0.2, not 1/6."),
        (1 / (1 + np.exp(-z)), "That is the smooth sigmoid.", "The hard one is a straight line, cut off at both ends."),
        (0.2 * z + 0.5, "Some numbers lie outside of 0 to 1.", "Cut them off: np.clip."),
        (z, "That is the sum before the activation.", "The last layer has one, too: hard_sigmoid."),
    )
    for values, message, hint in known:
        if np.allclose(said_2016, values, atol=1e-5):
            return wrong(message, hint)
    return wrong("These are not the network's answers.", what_it_said.hints[0])


@exercise(
    "9.6",
    "Revived",
    baseline="the same network with Keras 3's words, off by up to 0.08.",
    hints=(
        "legacy.load takes the path of the plan, then that of the weights.",
        'of_2016 = legacy.load(folder / "of_2016.json", folder / "of_2016.h5"), and the other one alike.',
    ),
    mistakes=(
        Mistake("no weights", kept_models.revived(("of_2016.json", None), ("of_2019.json", None)), "fresh weights"),
        Mistake(
            "the other one's weights",
            kept_models.revived(("of_2016.json", "of_2019.h5"), ("of_2019.json", "of_2016.h5")),
            "exchanged",
        ),
        Mistake("built by hand with today's words", kept_models.BY_HAND, "changed its meaning"),
    ),
)
def revived(of_2016, of_2019, rows, W1, b1, W2, b2):
    """Judge two revived models by their answers."""
    first = np.clip(0.2 * (np.tanh(rows @ W1 + b1) @ W2 + b2) + 0.5, 0, 1).ravel()
    second = 1 / (1 + np.exp(-(np.tanh(rows @ -W1 + b1) @ W2 - b2).ravel()))
    said = [kept_models.said_by(model, rows) for model in (of_2016, of_2019)]
    off = [float(np.abs(a - b).max()) for a, b in zip(said, (first, second), strict=True)]
    if max(off) < 1e-5:
        return right("Both say what they said, to the sixth digit.")
    if any(not hasattr(model, "get_weights") for model in (of_2016, of_2019)):
        return wrong("One of them is no Keras model.", "legacy.load gives one.")
    told = f"They are off by up to {off[0]:.3f} and {off[1]:.3f}."
    if np.allclose(said[0], np.clip((np.tanh(rows @ W1 + b1) @ W2 + b2).ravel() / 6 + 0.5, 0, 1), atol=1e-5):
        return wrong(told, "`hard_sigmoid` changed its meaning. legacy.load knows that.")
    if np.allclose(said[0], second, atol=1e-5) and np.allclose(said[1], first, atol=1e-5):
        return wrong(told, "The models have each other's name.")
    kernels = [np.asarray(model.get_weights()[0]) for model in (of_2016, of_2019)]
    if np.allclose(kernels[0], -W1, atol=1e-5) and np.allclose(kernels[1], W1, atol=1e-5):
        return wrong(told, "The weights are exchanged: each plan has its own file. The shapes fit, so nothing warns.")
    if any(np.allclose(kernels[0], sign * W1, atol=1e-5) for sign in (1, -1)):
        return wrong(told, "One of them has the plan or the weights of the other year.")
    return wrong(told, "A plan alone gives fresh weights. Name the file of weights, too.")
