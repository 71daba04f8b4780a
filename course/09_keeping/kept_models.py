"""What the checks of lesson 9 know of models in files, and the wrong answers that learners give.

Runs on: driver.
"""

import tempfile
from pathlib import Path

import numpy as np

from sparkeras.course.exercise import right, wrong

BY_HAND = """of_2016, of_2019 = [
    keras.Sequential(
        [keras.Input((3,)), keras.layers.Dense(4, activation="tanh"), keras.layers.Dense(1, activation=last)]
    )
    for last in ("hard_sigmoid", "sigmoid")
]
of_2016.set_weights([W1, b1, W2, b2])
of_2019.set_weights([-W1, b1, W2, -b2])"""


def said_by(model, rows):
    """Return what a model says of rows, as one row of numbers."""
    import keras

    return keras.ops.convert_to_numpy(model(np.asarray(rows, "float32"), training=False)).ravel()


def plans():
    """Return the JSON of two small models, of 33 and of 83 parameters."""
    import keras

    def plan(inputs, *layers):
        dense = [keras.layers.Dense(units, use_bias=bias) for units, bias in layers]
        return keras.Sequential([keras.Input((inputs,)), dense[0], keras.layers.ReLU(), *dense[1:]]).to_json()

    return plan(6, (4, True), (1, True)), plan(11, (5, True), (3, False), (2, True))


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
    """Return an answer to 9.4 with a part of the class made otherwise."""
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


def judge_layer(cls):
    """Judge a layer by what a file with it says once it is opened."""
    import keras

    x = np.linspace(-1, 11, 25, dtype="float32")[:, None]
    model = keras.Sequential([keras.Input((1,)), cls(3, 8)])
    said = model(x)
    if said is None or not np.allclose(said, np.clip(x, 3, 8)):
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
        return wrong("Opened again, it clips elsewhere.", "get_config says what `low` and `high` are.")
    return right("The file holds its name and its bounds; your program holds its code.")


def _why(cls, own, error):
    """Say why a file with the layer does not open."""
    import keras

    if keras.saving.get_registered_object(keras.saving.get_registered_name(cls)) is not cls:
        return wrong(
            "The model was saved, and does not open: Keras does not know the name.", "Register the class, above it."
        )
    if not {"low", "high"} <= set(own.get_config()):
        return wrong("It does not open: its get_config says nothing of `low` and `high`.", "Add both to the dict.")
    return wrong(
        f"It does not open: {' '.join(str(error).split())[:120]}",
        "Keras hands the layer's name to __init__, too: take **settings and pass them to super().__init__.",
    )


def forward(last):
    """Return an answer to 9.5 with another last activation of z."""
    return f"z = np.tanh(rows @ W1 + b1) @ W2 + b2\nsaid_2016 = {last}"


def revived(*files):
    """Return an answer to 9.6 that reads other files: pairs of a plan and of weights, or None."""
    return "\n".join(
        f'{name} = legacy.read(folder / "{plan}"{f", folder / {weights!r}" if weights else ""}).model'
        for name, (plan, weights) in zip(("of_2016", "of_2019"), files, strict=True)
    )
