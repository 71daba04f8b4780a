"""Wrong answers that learners give in lesson 2."""

from sparkeras.course.exercise import Mistake


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


MISTAKES = {
    "2.1": (
        Mistake("the squares are missing", "mean_error = np.mean(np.abs(y_test - y_train.mean()))", "not squared"),
        Mistake("the mean itself", "mean_error = y_train.mean()", "is the mean itself"),
        Mistake("the training rows' error", "mean_error = np.mean((y_train - y_train.mean()) ** 2)", "training rows"),
    ),
    "2.2": (
        Mistake("the standard deviation", "noise_floor = 0.05", "standard deviation"),
        Mistake("zero", "noise_floor = 0.0", "labels are noisy"),
        Mistake("twice", "noise_floor = 2 * 0.05**2", "only once"),
    ),
    "2.3": (
        Mistake("no activation", network(hidden="None"), "can only learn a straight line"),
        Mistake("ReLU at the output of a dead start", network(fit=""), "has not learned"),
        Mistake("one layer", network(layers=1), "hidden layers"),
    ),
    "2.4": (
        Mistake("the sum", feature("x.sum(axis=1, keepdims=True)"), "sum of the sides"),
        Mistake("no root", feature("(x**2).sum(axis=1, keepdims=True)"), "still not a linear"),
        Mistake("a flat array", feature("np.hypot(x[:, 0], x[:, 1])"), "one column"),
    ),
    "2.5": (
        Mistake("a network because it is clever", 'tool = "network"', "five times"),
        Mistake("the cheapest", 'tool = "mean"', "the largest error"),
        Mistake("a line", 'tool = "line"', "plane"),
    ),
}
