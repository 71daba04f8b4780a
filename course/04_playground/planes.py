"""What the checks of lesson 4 need: lines through features, and pieces of wrong answers.

Runs on: driver.
"""

import math

import numpy as np

from sparkeras.course.exercise import wrong


def feature(make, data, hint):
    """Return a learner's feature of the training points as an array (rows,); or the Result that says what is wrong."""
    said = make(data.x_train)
    if said is None:
        return wrong("It returns nothing.", hint)
    shape, rows = np.shape(said), len(data.x_train)
    if shape == (rows,):
        return wrong(f"It gives the shape {shape}.", f"Expected {(rows, 1)}, a column: keepdims=True, or [:, None].")
    if shape != (rows, 1):
        return wrong(f"It gives the shape {shape}.", f"One number for each point, as a column: {(rows, 1)}.")
    return np.asarray(said, float).ravel()


def line_accuracy(make, data):
    """Return the share of test points that a threshold on a learner's feature gets right."""
    from sklearn.linear_model import LogisticRegression

    line = LogisticRegression(C=100).fit(np.asarray(make(data.x_train)), data.y_train)
    return float(line.score(np.asarray(make(data.x_test)), data.y_test))


def same(feature, other):
    """Tell whether two features say the same, but for their size."""
    return abs(np.corrcoef(feature, other)[0, 1]) > 0.999


def normal_below(z):
    """Return the share of a normal distribution that lies below z standard deviations."""
    return 0.5 * (1 + math.erf(z / math.sqrt(2)))


def spiral(formula):
    """Return an answer to 4.2 by a formula of r and angle."""
    return f"r, angle = np.hypot(x[:, 0], x[:, 1]), np.arctan2(x[:, 0], x[:, 1])\nreturn ({formula})[:, None]"


def network(hidden='32, activation="relu"', output='1, activation="sigmoid"'):
    """Return an answer to 4.3 with other layers, and without training."""
    layers = f"keras.layers.Dense({hidden}), keras.layers.Dense({hidden}), keras.layers.Dense({output})"
    return (
        f"network = keras.Sequential([keras.Input((2,)), {layers}])\n"
        'network.compile(keras.optimizers.Adam(0.02), loss="binary_crossentropy")'
    )


def stops(condition, answer):
    """Return an answer to 4.5 that ends by another condition, or returns another number."""
    return (
        "best = 0\n"
        "for epoch, loss in enumerate(losses):\n"
        "    if loss < losses[best]:\n"
        "        best = epoch\n"
        f"    if {condition}:\n"
        "        break\n"
        f"return {answer}"
    )
