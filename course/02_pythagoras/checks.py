"""Lesson 2: the long side of a triangle.

Runs on: driver.
"""

import numpy as np

from sparkeras.course import networks
from sparkeras.course.exercise import exercise, right, wrong

NOISE = 0.05  # standard deviation of the labels' noise
LINE_ERROR = 0.4  # of a straight line through both sides


@exercise(
    "2.1",
    "The mean",
    baseline="nothing; this is the number that everything else has to beat.",
    hints=(
        "The model predicts one number for all rows. Which one, and from which rows is it learned?",
        "The error of one row is label minus that number; square it, and take the mean over the test rows.",
    ),
)
def the_mean(mean_error, y_train, y_test):
    """Judge the error of always predicting the mean."""
    error, mean = float(mean_error), y_train.mean()
    if np.isclose(error, np.mean((y_test - mean) ** 2), rtol=1e-4):
        return right(f"Always predicting {mean:.2f} has a mean squared error of {error:.2f}.")
    if np.isclose(error, np.mean((y_train - mean) ** 2), rtol=1e-5):
        return wrong("That is the error on the training rows.", "Use labels that are not part of the mean: y_test.")
    if np.isclose(error, np.mean(np.abs(y_test - mean)), rtol=1e-4):
        return wrong("That error is not squared.", "Mean squared error: square first, then take the mean.")
    if np.isclose(error, np.sqrt(np.mean((y_test - mean) ** 2)), rtol=1e-4):
        return wrong("That is the root of the mean squared error.", "Do not take the root.")
    if np.isclose(error, mean, rtol=1e-3):
        return wrong("That is the mean itself.", "How far are the test labels from it, squared, on average?")
    return wrong(
        f"{error:.4g} is not right.", "Label minus the training labels' mean, squared, averaged over test rows."
    )


@exercise(
    "2.2",
    "The noise floor",
    baseline="nothing; this is the number that nobody can beat.",
    hints=(
        "With the true formula, what is left of each row's error?",
        "The mean of a squared normal number with mean zero is its variance.",
    ),
)
def the_noise_floor(noise_floor):
    """Judge the error of the true formula."""
    floor = float(noise_floor)
    if abs(floor - NOISE**2) < 1e-4:
        return right(
            "0.05 squared is 0.0025. No model has a smaller error on rows that it has not seen, except by chance."
        )
    if abs(floor - NOISE) < 1e-3:
        return wrong("0.05 is the noise's standard deviation.", "The error is squared: take the variance.")
    if floor == 0:
        return wrong("Zero would need labels without noise.", "The labels are noisy, so the formula misses them too.")
    if abs(floor - 2 * NOISE**2) < 1e-4:
        return wrong("The noise counts only once.", "The true formula has no noise; only the labels have.")
    return wrong(f"{floor:.4g} is not right.", "It follows from the noise alone; you need no data for it.")


@exercise(
    "2.3",
    "Build and train",
    baseline="the straight line's error, 0.4.",
    hints=(
        "keras.Sequential([keras.Input((2,)), keras.layers.Dense(...), ...]), then compile, then fit.",
        'Hidden: Dense(16, activation="relu"), twice. Output: Dense(1). compile(optimizer="adam", loss="mse").',
    ),
)
def build_and_train(network, x_test, y_test):
    """Judge a trained network of two hidden layers."""
    dense = [layer for layer in network.layers if type(layer).__name__ == "Dense"]
    if [layer.units for layer in dense] != [16, 16, 1]:
        units = ", ".join(str(layer.units) for layer in dense)
        return wrong(f"Its layers have {units} neurons.", "Two hidden layers of 16, then one of 1.")
    if not networks.all_bend(network, "Dense", but_last=True):
        return wrong(
            "A hidden layer has no activation.",
            "Without activations, all layers together can only learn a straight line.",
        )
    if dense[-1].activation.__name__ != "linear":
        return wrong(
            f"Its output has the activation {dense[-1].activation.__name__}.",
            "A length has no upper limit: leave the activation out.",
        )
    error = float(np.mean((network.predict(x_test, verbose=0).ravel() - y_test) ** 2))
    if error > LINE_ERROR / 2:
        return wrong(f"Its error is {error:.3g}: it has not learned yet.", "Was it trained? network.fit(x_train, ...)")
    return right(f"Its error on test rows is {error:.3g}; the straight line's is {LINE_ERROR}.")


@exercise(
    "2.4",
    "One feature",
    baseline="the network's error, about 0.01.",
    hints=("Which number follows from the two sides by a formula that you learned at school?", "np.hypot"),
)
def one_feature(feature_train, feature_test, x_test, y_train, y_test):
    """Judge an engineered feature by the line through it."""
    for name, feature, labels in (("feature_train", feature_train, y_train), ("feature_test", feature_test, y_test)):
        if np.shape(feature) != (len(labels), 1):
            return wrong(
                f"{name} has the shape {np.shape(feature)}.", f"Expected one column: {(len(labels), 1)}. See keepdims."
            )
    error = line_error(feature_train, y_train, feature_test, y_test)
    if error < 0.8 * NOISE**2:
        return wrong(
            f"The line's error is {error:.4f}, below the noise floor.",
            "Your feature uses the labels: compute it from x alone.",
        )
    if error < 1.1 * NOISE**2:
        return right(f"A straight line with two parameters has an error of {error:.4f}: the noise floor.")
    if np.allclose(feature_test, x_test.sum(axis=1, keepdims=True)):
        return wrong(
            f"The line's error is {error:.3g}.",
            "The sum of the sides is not the long side. Use the theorem of Pythagoras.",
        )
    return wrong(
        f"The line's error is {error:.3g}.",
        "The label is still not a linear function of this feature. What is missing?",
    )


@exercise(
    "2.5",
    "Which tool",
    baseline="the error and the number of weights of the four models above.",
    hints=("Compare the errors first, then the work per prediction.",),
)
def which_tool(tool):
    """Judge the choice of a model."""
    hints = {
        "network": "Its error is about five times the noise floor, with hundreds of multiplications per prediction.",
        "mean": "It has the largest error of the four.",
        "line": "With the raw sides it is a plane, and the true formula is a cone.",
    }
    if tool == "engineered":
        return right(
            "It has the smallest error and two parameters, needs no training loop, and is right far outside the data."
        )
    return wrong(f"{tool!r} is not the best of them.", hints.get(tool, "Choose one of the four words."))


def line_error(x_train, y_train, x_test, y_test):
    """Return the mean squared error on test rows of a straight line."""
    from sklearn.linear_model import LinearRegression

    return float(np.mean((LinearRegression().fit(x_train, y_train).predict(x_test) - y_test) ** 2))
