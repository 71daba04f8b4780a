"""Wrong answers that learners give in lesson 9."""

from sparkeras.course.exercise import Mistake

BY_HAND = """of_2016, of_2019 = [
    keras.Sequential(
        [keras.Input((3,)), keras.layers.Dense(4, activation="tanh"), keras.layers.Dense(1, activation=last)]
    )
    for last in ("hard_sigmoid", "sigmoid")
]
of_2016.set_weights([W1, b1, W2, b2])
of_2019.set_weights([-W1, b1, W2, -b2])"""


def scaled_by(numbers):
    """Return an answer to 9.1 with other arguments of Normalization."""
    layers = f"keras.Input((len(mean),)), keras.layers.Normalization({numbers}), *bare.layers"
    return f"network = keras.Sequential([{layers}])"


def counting(formula):
    """Return an answer to 9.2 with another number for each layer."""
    return f"""count = 0
for layer in json.loads(text)["config"]["layers"]:
    if layer["class_name"] == "Dense":
        inputs, units = layer["build_config"]["input_shape"][-1], layer["config"]["units"]
        count += {formula}
return count"""


def layer(register='@keras.saving.register_keras_serializable("course")', bounds="self.low, self.high",
          config='{**super().get_config(), "low": self.low, "high": self.high}', settings=True):  # fmt: skip
    """Return an answer to 9.4 with another part of the class."""
    accepted, passed = (", **settings", "**settings") if settings else ("", "")
    return f"""{register}
class Between(keras.layers.Layer):
    def __init__(self, low, high{accepted}):
        super().__init__({passed})
        self.low, self.high = low, high

    def call(self, x):
        return keras.ops.clip(x, {bounds})

    def get_config(self):
        return {config}""".lstrip()


def forward(last):
    """Return an answer to 9.5 with another last activation of z."""
    return f"z = np.tanh(rows @ W1 + b1) @ W2 + b2\npredicted_2016 = {last}"


def revived(*files):
    """Return an answer to 9.6 that reads other files: pairs of a plan and of weights, or None."""
    return "\n".join(
        f'{name} = legacy.read(folder / "{plan}"{f", folder / {weights!r}" if weights else ""}).model'
        for name, (plan, weights) in zip(("of_2016", "of_2019"), files, strict=True)
    )


MISTAKES = {
    "9.1": (
        Mistake("no scaling", "network = bare", "does not scale"),
        Mistake("the deviation for the variance", scaled_by("mean=mean, variance=std"), "square"),
        Mistake(
            "numbers of the test rows",
            scaled_by("mean=wine.x_test.mean(axis=0), variance=wine.x_test.var(axis=0)"),
            "not known in advance",
        ),
    ),
    "9.2": (
        Mistake("no biases", counting("inputs * units"), "weights only"),
        Mistake("always a bias", counting("(inputs + 1) * units"), "use_bias"),
        Mistake("eleven inputs for ever", counting("(11 + 1) * units"), "number of inputs"),
    ),
    "9.3": (
        Mistake("the plan alone", "again = keras.models.model_from_json(text)", "drawn at random"),
        Mistake("the model in memory", "again = network", "the very same object"),
        Mistake(
            "the numbers of the layers before",
            "again = keras.models.model_from_json(text)\n"
            "again.set_weights([np.zeros_like(each) for each in network.get_weights()])",
            "same mark",
        ),
    ),
    "9.4": (
        Mistake("not registered", layer(register=""), "does not know the name"),
        Mistake("the bounds are lost", layer(config="super().get_config()"), "does not return"),
        Mistake("fixed bounds", layer(bounds="0, 10"), "whatever its arguments"),
        Mistake("no settings", layer(settings=False), "**settings"),
    ),
    "9.5": (
        Mistake("today's function", forward("np.clip(z / 6 + 0.5, 0, 1)"), "Keras 3's"),
        Mistake("a plain sigmoid", forward("1 / (1 + np.exp(-z))"), "smooth"),
        Mistake("not cut off", forward("0.2 * z + 0.5"), "outside of 0 to 1"),
        Mistake("no activation", forward("z"), "before the activation"),
    ),
    "9.6": (
        Mistake("no weights", revived(("of_2016.json", None), ("of_2019.json", None)), "fresh weights"),
        Mistake(
            "the other one's weights",
            revived(("of_2016.json", "of_2019.h5"), ("of_2019.json", "of_2016.h5")),
            "exchanged",
        ),
        Mistake("built by hand with today's names", BY_HAND, "changed its meaning"),
    ),
}
