"""What the checks of lesson 3 need: a table with twins, and pieces of wrong answers.

Runs on: driver.
"""

import numpy as np

LAST_ROWS = "cut = round((1 - share) * len(x))\nreturn x[:cut], y[:cut], x[cut:], y[cut:]"
ROWS_NOT_WINES = (
    "order = np.random.default_rng(seed).permutation(len(x))\n"
    "cut = round((1 - share) * len(x))\n"
    "return x[order[:cut]], y[order[:cut]], x[order[cut:]], y[order[cut:]]"
)
SHUFFLED_APART = (
    "rng, cut = np.random.default_rng(seed), round((1 - share) * len(x))\n"
    "x, y = rng.permutation(x), rng.permutation(y)\n"
    "return x[:cut], y[:cut], x[cut:], y[cut:]"
)
CONFUSED = (
    "number = np.unique(x, axis=0, return_inverse=True)[1].ravel()\n"
    "shuffled = np.random.default_rng(seed).permutation(number.max() + 1)\n"
    "aside = np.isin(number, shuffled[: round(share * len(shuffled))])\n"
    "return x[aside], y[aside], x[~aside], y[~aside]"
)


def table():
    """Return x (600, 3), a fifth of it twins, and y, which follows from the row: its sum."""
    rng = np.random.default_rng(3)
    x = rng.uniform(0, 10, (480, 3)).astype("float32")
    x = np.concatenate([x, x[:120]])[rng.permutation(600)]
    return x, x.sum(axis=1)


def belong(x, y):
    """Tell whether each y is that of its row."""
    return x.shape[1:] == (3,) and np.allclose(x.sum(axis=1), np.ravel(y))


def is_standard(rows):
    """Tell whether each column has the mean 0 and the standard deviation 1."""
    return np.allclose(rows.mean(axis=0), 0, atol=5e-3) and np.allclose(rows.std(axis=0), 1, atol=5e-3)


def learns(loss):
    """Tell whether a network can be trained by a loss: Keras has to find its slope."""
    import keras

    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile("sgd", loss)
    try:
        model.fit(np.ones((4, 1)), np.ones((4, 1)), verbose=0)
    except Exception:  # each backend has its own
        return False
    return True


def loss(difference, formula):
    """Return an answer to 3.4 by a formula of the difference d."""
    return f"d = {difference}\nreturn {formula}"


def gain(formula):
    """Return an answer to 3.6 by a formula of the lists s and t and their differences d."""
    return f"s, t = np.array(shallow), np.array(deep)\nd = s - t\nreturn {formula}"
