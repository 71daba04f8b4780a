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
        return right(f"{share:.0%} of the test points are right, with one neuron and two parameters.")
    x = circles.x_train
    if same(found, x.sum(axis=1)):
        return wrong(
            f"A line is right for {share:.0%} of the test points.",
            "A threshold on the sum is still a straight line in the plane.",
        )
    if same(found, x[:, 0] ** 2) or same(found, x[:, 1] ** 2):
        return wrong(
            f"A line is right for {share:.0%} of the test points.",
            "A threshold on one square marks a strip. Use the other coordinate as well.",
        )
    return wrong(f"With your feature a line is right for {share:.0%} of the test points.", a_ring.hints[0])


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
        return right(
            f"A threshold is right for {share:.0%} of the test points: with the right feature you need no network."
        )
    x = spiral.x_train
    r, angle = np.hypot(*x.T), np.arctan2(*x.T)
    turned = 0.7 * np.pi * r
    hints = (
        (r, "Both arms reach from the middle to the edge: the distance alone says nothing."),
        (angle, "Both arms turn through all angles: the angle alone says nothing."),
        (angle - turned, "What is left still contains whole turns. np.cos(...) has the same value after each."),
        (np.sin(angle - turned), "A sine is 0 for no turn and for half a turn: which function tells these two apart?"),
        (np.cos(angle + turned), "You added the turning, which winds the spiral tighter: subtract it."),
    )
    hint = next((words for feature, words in hints if same(found, feature)), unrolled.hints[0])
    return wrong(f"With your feature a line is right for {share:.0%} of the test points.", hint)


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
        return wrong(
            "A hidden layer has no activation.", "Without one, the border between the classes stays a straight line."
        )
    activation = last.activation.__name__
    if activation == "softmax" and last.units == 1:
        return wrong("A softmax over one unit is always 1.", "For one unit: sigmoid. A softmax needs a unit per class.")
    predicted = np.asarray(network(spiral.x_test))
    if activation == "linear" and not networks.all_bend(network, "Dense"):
        return wrong("Its output can be any number; a probability lies between 0 and 1.", train_it.hints[1])
    predicted = predicted.argmax(axis=1) if predicted.shape[1] > 1 else predicted.ravel() > 0.5
    share = float(np.mean(predicted == spiral.y_test))
    if share >= 0.95:
        return right(f"{share:.1%} of the test points are right.")
    if share < 0.7:
        return wrong(
            f"{share:.0%} of the test points are right: it has not learned.", "Was it trained? network.fit(...)"
        )
    return wrong(
        f"{share:.0%} of the test points are right: not enough yet.",
        "Is the learning rate 0.02, and the batch size 32?",
    )


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
        return right(f"{best:.4f}: even with the best border, five points of a thousand lie on the wrong side.")
    hints = (
        (normal_below(2 / 1.1), "Your border depends on one number. It should use both numbers: x1 + x2."),
        (normal_below(2 * np.sqrt(2) / 1.21), "rng.normal takes the standard deviation, 1.1, not the variance."),
        (
            1.0,
            "That is the share of the 200 test points. They are too few: one is half a percent. Draw very many.",
        ),
    )
    hint = next((words for value, words in hints if abs(share - value) < 1.5e-3), the_ceiling.hints[0])
    return wrong(f"{share:.4f} is not right.", hint)


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
    results = [stop(losses, wait) for wait in (1, 2, 3, 4)]
    if results[0] is None:
        return wrong("It returns nothing.", patience.hints[0])
    results = [-1 if each is None else int(each) for each in results]
    if results == [1, 3, 6, 10]:
        if stop([3.0, 2.0, 1.0], 5) != 2:
            return wrong(
                "Where patience never runs out, it does not return the best epoch.", "Return it after the loop."
            )
        if stop([3.0, 3.0, 3.0, 3.0], 2) != 0:
            return wrong("An epoch as good as the best one counts as a new best.", "Compare with <, not with <=.")
        return right("It stops after `patience` epochs without a new best, and returns the best epoch so far.")
    hints = {
        (10, 10, 10, 10): "You returned the best of all epochs, but the training stops before the later ones.",
        (1, 1, 1, 1): "It stops at the first rise, whatever the patience.",
        (2, 5, 9, 14): "That is the epoch where it stopped. Return the best epoch.",
        (3, 6, 10, 10): "It waits one epoch too long.",
        (1, 3, 3, 6): "Patience is for epochs in a row: a new best sets the count to zero.",
    }
    return wrong(
        f"For patience 1 to 4 and the losses {losses} it returns {results}.",
        hints.get(tuple(results), patience.hints[1]),
    )


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
    result = price(kernels, 0.1)
    if result is None:
        return wrong("It returns nothing.", the_price.hints[0])
    if np.shape(result) != ():
        return wrong(f"It returns the shape {np.shape(result)}.", "The price is one number for all matrices.")
    squares = [float(np.sum(kernel**2)) for kernel in kernels]
    if np.isclose(result, 0.1 * sum(squares)):
        return right("This price is added to the loss, so large weights have to pay for themselves by a smaller error.")
    hints = (
        (0.1 * sum(np.abs(kernel).sum() for kernel in kernels), "That is L1, the sum of sizes. L2 takes squares."),
        (0.1 * sum(np.mean(kernel**2) for kernel in kernels), "The sum of squares, not the mean."),
        (0.1 * squares[0], "You took the first matrix only."),
        (sum(squares), "Multiply by `strength`."),
        (0.05 * sum(squares), "Some books write half of it. Keras does not."),
    )
    hint = next((words for value, words in hints if np.isclose(result, value)), the_price.hints[0])
    return wrong(f"For two small matrices and 0.1 it returns {float(result):.4g}.", hint)


def feature_of(make, data, hint):
    """Return a learner's feature of the training points as an array (rows,); or the Result that says what is wrong."""
    feature = make(data.x_train)
    if feature is None:
        return wrong("It returns nothing.", hint)
    shape, rows = np.shape(feature), len(data.x_train)
    if shape == (rows,):
        return wrong(
            f"The feature has the shape {shape}.", f"Expected {(rows, 1)}, a column: keepdims=True, or [:, None]."
        )
    if shape != (rows, 1):
        return wrong(f"The feature has the shape {shape}.", f"One number for each point, as a column: {(rows, 1)}.")
    return np.asarray(feature, float).ravel()


def line_accuracy(make, data):
    """Return the share of test points that a threshold on a learner's feature gets right."""
    from sklearn.linear_model import LogisticRegression

    line = LogisticRegression(C=100).fit(np.asarray(make(data.x_train)), data.y_train)
    return float(line.score(np.asarray(make(data.x_test)), data.y_test))


def same(feature, other):
    """Tell whether two features are equal up to a factor and an offset."""
    return abs(np.corrcoef(feature, other)[0, 1]) > 0.999


def normal_below(z):
    """Return the share of a normal distribution that lies below z standard deviations."""
    return 0.5 * (1 + math.erf(z / math.sqrt(2)))
