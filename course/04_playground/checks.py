"""Lesson 4: borders in the plane: features, a spiral, noise, patience, and regularization.

Runs on: driver.
"""

import math

import numpy as np

from sparkeras.course import networks
from sparkeras.course.exercise import exercise, right, wrong


@exercise(
    "4.1",
    "A ring is a threshold",
    baseline="a line through the raw points: half of them, as a coin.",
    hints=(
        "What do all points of the disc have in common, and none of the ring?",
        "Their distance from the middle, or its square: (x**2).sum(axis=1, keepdims=True).",
    ),
)
def a_ring(ring, circles):
    """Judge a feature that makes a ring a threshold."""
    found = feature_of(ring, circles, a_ring.hints[0])
    if not isinstance(found, np.ndarray):
        return found
    share = line_accuracy(ring, circles)
    if share > 0.97:
        return right(f"{share:.0%} of the test points, with one neuron and two numbers to learn.")
    x = circles.x_train
    if same(found, x.sum(axis=1)):
        return wrong(f"The line is right for {share:.0%}.", "A threshold on the sum is a straight line through it all.")
    if same(found, x[:, 0] ** 2) or same(found, x[:, 1] ** 2):
        return wrong(
            f"The line is right for {share:.0%}.", "One square makes a strip. The other number counts as well."
        )
    return wrong(f"With your feature a line is right for {share:.0%}.", a_ring.hints[0])


@exercise(
    "4.2",
    "Unroll the spiral",
    baseline="a line through the raw points: 0.575.",
    hints=(
        "Subtract the angle that class 0 would have at this distance. What is left is about 0, or about half a turn.",
        "np.cos(angle - 0.7 * np.pi * r)[:, None] is near 1 for one arm and near -1 for the other.",
    ),
)
def unrolled(unroll, spiral):
    """Judge a feature that makes two spirals two heaps."""
    found = feature_of(unroll, spiral, unrolled.hints[0])
    if not isinstance(found, np.ndarray):
        return found
    share = line_accuracy(unroll, spiral)
    if share > 0.97:
        return right(f"{share:.0%} of the test points by a threshold: who knows the formula needs no network.")
    x = spiral.x_train
    r, angle = np.hypot(*x.T), np.arctan2(*x.T)
    turned = 0.7 * np.pi * r
    told = (
        (r, "Both arms reach from the middle to the edge: the distance alone says nothing."),
        (angle, "Both arms turn through all angles: the angle alone says nothing."),
        (angle - turned, "What is left still has whole turns in it. np.cos(...) is the same after each."),
        (np.sin(angle - turned), "A sine is 0 for no turn and for half a turn: which function tells these two apart?"),
        (np.cos(angle + turned), "You wound it tighter instead of unrolling it: subtract the turning."),
    )
    hint = next((words for feature, words in told if same(found, feature)), unrolled.hints[0])
    return wrong(f"With your feature a line is right for {share:.0%}.", hint)


@exercise(
    "4.3",
    "Train it",
    baseline="a straight line's accuracy on the spiral, 0.575.",
    hints=(
        "As build(...) above does it, but written by you: Input, two hidden layers, one output, compile, fit.",
        'The output is Dense(1, activation="sigmoid"), the loss "binary_crossentropy".',
    ),
)
def train_it(network, spiral):
    """Judge a trained network of two classes."""
    *hidden, last = [layer for layer in network.layers if type(layer).__name__ == "Dense"]
    if len(hidden) < 2:
        return wrong(f"It has {len(hidden)} hidden layers.", "Two of 32 units each, then the output.")
    if not networks.all_bend(network, "Dense", but_last=True):
        return wrong("A hidden layer has no activation.", "Then it folds nothing, and the border stays a line.")
    bend = last.activation.__name__
    if bend == "softmax" and last.units == 1:
        return wrong("A softmax over one unit is always 1.", "For one unit: sigmoid. A softmax needs a unit per class.")
    said = np.asarray(network(spiral.x_test))
    if bend == "linear" and not networks.all_bend(network, "Dense"):
        return wrong("Its output has any size; a probability lies between 0 and 1.", train_it.hints[1])
    said = said.argmax(axis=1) if said.shape[1] > 1 else said.ravel() > 0.5
    share = float(np.mean(said == spiral.y_test))
    if share >= 0.95:
        return right(f"{share:.1%} of the test points.")
    if share < 0.7:
        return wrong(f"{share:.0%} of the test points: it has not learned.", "Was it trained? network.fit(...)")
    return wrong(f"{share:.0%} of the test points: on its way.", "Is the rate 0.02? Are the batches of 32 points?")


@exercise(
    "4.4",
    "The ceiling",
    baseline="0.5, a coin.",
    hints=(
        "Draw a million points of class 1: rng.normal(2, 1.1, size=(1_000_000, 2)). On which side do they lie?",
        "The share of points with x1 + x2 > 0.",
    ),
)
def the_ceiling(ceiling):
    """Judge the accuracy of the best border between two clouds."""
    share, best = float(ceiling), normal_below(2 * np.sqrt(2) / 1.1)
    if abs(share - best) < 6e-4:
        return right(f"{best:.4f}: five points of a thousand lie on the wrong side, for everybody.")
    told = (
        (normal_below(2 / 1.1), "That is a border across one number. It should use both numbers: x1 + x2."),
        (normal_below(2 * np.sqrt(2) / 1.21), "np.normal takes the standard deviation, 1.1, not the variance."),
        (1.0, "That is what 200 points show; they are too few: one of 200 is half a percent. Draw very many."),
    )
    hint = next((words for value, words in told if abs(share - value) < 1.5e-3), the_ceiling.hints[0])
    return wrong(f"{share:.4f} is not it.", hint)


@exercise(
    "4.5",
    "Patience",
    baseline="the last epoch, whatever its loss.",
    hints=(
        "Keep the number of the best epoch so far. How many epochs ago was it?",
        "for epoch, loss in enumerate(losses): is it the best so far? If epoch - best >= patience: break. Return best.",
    ),
)
def patience(stop):
    """Judge early stopping."""
    losses = [5.0, 4.0, 4.5, 3.0, 3.5, 3.2, 2.5, 2.9, 2.8, 2.7, 1.0, 1.5, 1.4, 1.3, 1.6]
    said = [stop(losses, wait) for wait in (1, 2, 3, 4)]
    if said[0] is None:
        return wrong("It returns nothing.", patience.hints[0])
    said = [-1 if each is None else int(each) for each in said]
    if said == [1, 3, 6, 10]:
        if stop([3.0, 2.0, 1.0], 5) != 2:
            return wrong("Where patience never runs out, it does not return the best epoch.", "Return behind the loop.")
        if stop([3.0, 3.0, 3.0, 3.0], 2) != 0:
            return wrong("An epoch as good as the best one counts as a new best.", "Smaller, not smaller or equal.")
        return right("It gives up after so many epochs, and keeps the best one until then.")
    told = {
        (10, 10, 10, 10): "You kept the best of all epochs. When training stops, the later ones had not come yet.",
        (1, 1, 1, 1): "It gives up at the first rise, whatever the patience.",
        (2, 5, 9, 14): "That is where it stopped. The weights of the best epoch are wanted.",
        (3, 6, 10, 10): "It waits one epoch too long.",
        (1, 3, 3, 6): "Patience is for epochs in a row: a new best sets the count to zero.",
    }
    return wrong(f"For patience 1 to 4 it keeps {said} of {losses}.", told.get(tuple(said), patience.hints[1]))


@exercise(
    "4.6",
    "The price",
    baseline="0, no price.",
    hints=(
        "Square each number, add up each matrix, add up the matrices, multiply once.",
        "strength * sum(np.sum(kernel**2) for kernel in kernels)",
    ),
)
def the_price(price):
    """Judge the L2 penalty."""
    kernels = [np.array([[1.0, -2.0], [3.0, 0.5]]), np.array([[2.0], [-1.0]])]
    said = price(kernels, 0.1)
    if said is None:
        return wrong("It returns nothing.", the_price.hints[0])
    if np.shape(said) != ():
        return wrong(f"It has the shape {np.shape(said)}.", "The price is one number for all matrices.")
    squares = [float(np.sum(kernel**2)) for kernel in kernels]
    if np.isclose(said, 0.1 * sum(squares)):
        return right("So much is added to the loss; a wrong label has to be worth it.")
    told = (
        (0.1 * sum(np.abs(kernel).sum() for kernel in kernels), "That is L1, the sum of sizes. L2 takes squares."),
        (0.1 * sum(np.mean(kernel**2) for kernel in kernels), "The sum of squares, not the mean."),
        (0.1 * squares[0], "You took the first matrix only."),
        (sum(squares), "Multiply by `strength`."),
        (0.05 * sum(squares), "Some books write half of it. Keras does not."),
    )
    hint = next((words for value, words in told if np.isclose(said, value)), the_price.hints[0])
    return wrong(f"For two small matrices and 0.1 it says {float(said):.4g}.", hint)


def feature_of(make, data, hint):
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
