"""What the checks of lesson 2 know of its triangles, and the wrong answers that learners give.

Runs on: driver.
"""

import numpy as np

NOISE = 0.05  # standard deviation of the labels' noise
LINE_ERROR = 0.4  # of a straight line through both sides


def network(hidden='"relu"', layers=2, fit="network.fit(x_train, y_train, epochs=epochs, batch_size=128, verbose=0)"):
    """Return an answer to 2.3 with another activation, number of hidden layers, or training."""
    dense = "".join(f"keras.layers.Dense(16, activation={hidden}), " for _ in range(layers))
    return (
        f"network = keras.Sequential([keras.Input((2,)), {dense}keras.layers.Dense(1)])\n"
        f'network.compile(optimizer="adam", loss="mse")\n{fit}'
    )


def feature(formula):
    """Return an answer to 2.4 by a formula of x."""
    return f"feature_train, feature_test = [{formula} for x in (x_train, x_test)]"


def line_error(x_train, y_train, x_test, y_test):
    """Return the mean squared error on test rows of a straight line."""
    from sklearn.linear_model import LinearRegression

    return float(np.mean((LinearRegression().fit(x_train, y_train).predict(x_test) - y_test) ** 2))
