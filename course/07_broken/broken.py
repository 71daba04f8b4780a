"""What the checks of lesson 7 look for in a network that is to be mended, and the wrong answers that learners give.

Runs on: driver.
"""

import numpy as np

from sparkeras.course.checks import images

SCALING = "layers.Normalization(mean=x_train.mean(), variance=x_train.var())"
SLOWEST = 1e-4  # a learning rate below it gets nowhere in a lesson's time


def network(scaling=SCALING, output="None", loss='"mse"', rate=0.01):
    """Return an answer to 7.5 with another part, never trained: its faults are seen without."""
    convolution = 'layers.Conv2D(8, 3, activation="relu"), '
    end = f"layers.GlobalAveragePooling2D(), layers.Dense(1, activation={output})"
    return (
        f"mended = keras.Sequential([keras.Input((12, 12, 1)), {scaling}, {2 * convolution}{end}])\n"
        f"mended.compile(optimizer=keras.optimizers.Adam({rate}), loss={loss})"
    )


def reader(divide="/ 16.0", loss='loss="sparse_categorical_crossentropy"', activation='"softmax"'):
    """Return an answer to 7.6 with another part, never trained."""
    return (
        f"rows_train, rows_test = (x.reshape(-1, 64) {divide} for x in (digits.x_train, digits.x_test))\n"
        f"reader = keras.Sequential([keras.Input((64,)), layers.Dense(10, activation={activation})])\n"
        f'reader.compile(optimizer="adam", {loss})'
    )


def answers(model, rows):
    """Return what a model says to rows, without compiling it."""
    import keras

    return keras.ops.convert_to_numpy(model(np.asarray(rows, dtype="float32")))


def r_squared(label, said):
    """Return the share of the labels' variation that the answers explain."""
    return 1 - float(np.sum((label - said) ** 2) / np.sum((label - label.mean()) ** 2))


def is_straight(layer):
    """Tell whether a layer has an activation that does nothing."""
    return getattr(getattr(layer, "activation", None), "__name__", "") == "linear"


def fault_of_inputs(model, rows):
    """Return (what is wrong, hint) of what reaches the first convolution, None if it is scaled."""
    import keras

    for layer in model.layers:
        if isinstance(layer, keras.layers.Conv2D):
            break
        rows = answers(layer, rows)
    mean, spread = float(np.mean(rows)), float(np.std(rows))
    if abs(mean) < 3 * spread < 300:
        return None
    if abs(mean) > 100:
        return f"The first convolution still sees counts of {mean:,.0f}.", "Standardise them in a layer before it."
    words = f"After your scaling the pixels have a mean of {mean:.3g} and a spread of {spread:.2g}."
    return words, "What they share still hides what differs: subtract the mean, then divide by the spread."


def fault_of_layers(model):
    """Return (what is wrong, hint) of the activations, None if they are fine."""
    if not images.all_bend(model):
        return "A convolution has no activation.", 'Without it the network cannot bend: activation="relu".'
    end = getattr(getattr(model.layers[-1], "activation", None), "__name__", "")
    if end in ("tanh", "sigmoid", "softmax"):
        return f"The output ends in {end}.", "No label lies in the range of that function: leave the activation out."
    return None


def fault_of_training(model):
    """Return (what is wrong, hint) of the loss and the learning rate, None if they are fine."""
    if not model.compiled or model.loss is None:
        return "It has no loss.", 'compile(optimizer=..., loss="mse"), then fit.'
    name = getattr(model.loss, "name", None) or getattr(model.loss, "__name__", None) or str(model.loss)
    if "entropy" in name:
        return f"Its loss is {name}.", "That is for probabilities; the label here is an amount."
    rate = float(model.optimizer.learning_rate)
    if rate < SLOWEST:
        return f"Its learning rate is {rate:.0e}.", "Probe 3: how many epochs would that take? Try 0.01."
    return None
