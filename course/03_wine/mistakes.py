"""Wrong answers that learners give in lesson 3."""

from sparkeras.course.exercise import Mistake

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


def loss(difference, formula):
    """Return an answer to 3.4 by a formula of the difference d."""
    return f"d = {difference}\nreturn {formula}"


def gain(formula):
    """Return an answer to 3.6 by a formula of the lists s and t and their differences d."""
    return f"s, t = np.array(shallow), np.array(deep)\nd = s - t\nreturn {formula}"


MISTAKES = {
    "3.1": (
        Mistake("place by place", "return (known[: len(new)] == new).all(axis=1)", "same place"),
        Mistake("number by number", "return np.isin(new, known).all(axis=1)", "different rows"),
        Mistake("a count", "return np.sum((new[:, None] == known[None]).all(axis=2))", "one value for each row"),
        Mistake("any number", "return (new[:, None] == known[None]).any(axis=2).any(axis=1)", "single number"),
    ),
    "3.2": (
        Mistake("the last rows", LAST_ROWS, "last rows of the table"),
        Mistake("rows, not wines", ROWS_NOT_WINES, "in both parts"),
        Mistake("shuffled apart", SHUFFLED_APART, "mark of another wine"),
        Mistake("parts confused", CONFUSED, "other way round"),
    ),
    "3.3": (
        Mistake(
            "all training rows", "scaling = keras.layers.Normalization()\nscaling.adapt(x_train)", "validation rows too"
        ),
        Mistake(
            "one mean for all", "scaling = keras.layers.Normalization(axis=None)\nscaling.adapt(x_fit)", "each column"
        ),
        Mistake("not adapted", "scaling = keras.layers.Normalization()\nscaling.build((None, 11))", "has not seen"),
        Mistake("numbers, no layer", "scaling = (x_fit - x_fit.mean(axis=0)) / x_fit.std(axis=0)", "is saved with"),
    ),
    "3.4": (
        Mistake("the other side", loss("y_true - y_pred", "ops.where(d > 0, 3 * d**2, d**2)"), "other side"),
        Mistake("the same for all", loss("y_pred - y_true", "3 * d**2"), "both sides alike"),
        Mistake("NumPy", loss("y_pred - y_true", "np.where(d > 0, 3 * d**2, d**2)"), "gradients"),
        Mistake("no square", loss("y_pred - y_true", "ops.where(d > 0, 3 * d, -d)"), "not squared"),
    ),
    "3.5": (
        Mistake("plain descent", "return w - rate * slope, velocity", "remembers nothing"),
        Mistake("uphill", "velocity = momentum * velocity + rate * slope\nreturn w + velocity, velocity", "climbs"),
        Mistake("the old velocity", "return w + momentum * velocity - rate * slope, velocity", "Look at the velocity"),
    ),
    "3.6": (
        Mistake("the spread itself", gain("d.mean(), d.std(ddof=1)"), "deviation of single"),
        Mistake("the wrong sign", gain("-d.mean(), d.std(ddof=1) / np.sqrt(len(d))"), "sign"),
        Mistake("divided by n", gain("d.mean(), d.std() / np.sqrt(len(d))"), "ddof=1"),
        Mistake("not in pairs", gain("d.mean(), np.sqrt((s.var(ddof=1) + t.var(ddof=1)) / len(s))"), "pairs"),
    ),
}
