"""Wrong answers that learners give in lesson 4."""

from sparkeras.course.exercise import Mistake


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


MISTAKES = {
    "4.1": (
        Mistake("the points as they are", "return x", "One number for each"),
        Mistake("the sum", "return x.sum(axis=1, keepdims=True)", "still a straight line"),
        Mistake("one square", "return x[:, :1] ** 2", "strip"),
        Mistake("a flat array", "return np.hypot(x[:, 0], x[:, 1])", "keepdims"),
    ),
    "4.2": (
        Mistake("the distance", spiral("r"), "Both arms reach"),
        Mistake("the angle", spiral("angle"), "Both arms turn"),
        Mistake("whole turns left", spiral("angle - 0.7 * np.pi * r"), "whole turns"),
        Mistake("the other way round", spiral("np.cos(angle + 0.7 * np.pi * r)"), "tighter"),
    ),
    "4.3": (
        Mistake("softmax of one", network(output='1, activation="softmax"'), "always 1"),
        Mistake("no bend", network(hidden="32"), "no activation"),
        Mistake("a number of any size", network(output="1"), "between 0 and 1"),
        Mistake("not trained", network(), "network.fit"),
    ),
    "4.4": (
        Mistake(
            "one axis", "ceiling = np.mean(np.random.default_rng(0).normal(2, 1.1, 1_000_000) > 0)", "both numbers"
        ),
        Mistake(
            "the variance",
            "ceiling = np.mean(np.random.default_rng(0).normal(2, 1.1**2, (1_000_000, 2)).sum(axis=1) > 0)",
            "variance",
        ),
        Mistake("the test points", "ceiling = np.mean((gauss.x_test.sum(axis=1) > 0) == gauss.y_test)", "too few"),
    ),
    "4.5": (
        Mistake("knows the future", "return int(np.argmin(losses))", "before the later ones"),
        Mistake("no patience", stops("epoch > best", "best"), "first rise"),
        Mistake("where it ended", stops("epoch - best >= patience", "epoch"), "where it stopped"),
        Mistake("one too many", stops("epoch - best > patience", "best"), "one epoch too long"),
    ),
    "4.6": (
        Mistake("the sizes", "return strength * sum(np.sum(np.abs(k)) for k in kernels)", "L1"),
        Mistake("the mean", "return strength * sum(np.mean(k**2) for k in kernels)", "not the mean"),
        Mistake("the first only", "return strength * np.sum(kernels[0] ** 2)", "first matrix"),
        Mistake("no strength", "return sum(np.sum(k**2) for k in kernels)", "`strength`"),
    ),
}
