"""Wrong answers that learners give in lesson 17."""

from sparkeras.course.exercise import Mistake


def _by_hand(text):
    """Return an answer to 17.3 that reads its part in the usual way and then goes on by ``text``."""
    return (
        "pairs = list(part)\nif not pairs:\n    return []\nx, t = (np.array(each) for each in zip(*pairs))\n"
        f"y = forward(x, w, b)\ndw, db, _ = backward(x, w, y, y - t)\n{text}"
    )


_TEST = (
    "right_test = accuracy(network, pixels_test, labels_test)\n"
    "wrong_test = accuracy(mismatched, pixels_test, labels_test)\n"
)


MISTAKES = {
    "17.1": (
        Mistake("no slope of the activation", "return x.T @ dy, dy.sum(axis=0), dy @ w.T", "left out the slope"),
        Mistake(
            "a mean for the bias",
            "dz = dy * y * (1 - y)\nreturn x.T @ dz, dz.mean(axis=0), dz @ w.T",
            "not a mean",
        ),
        Mistake("transposed", "dz = dy * y * (1 - y)\nreturn dz.T @ x, dz.sum(axis=0), dz @ w.T", "has the shape"),
        Mistake(
            "a product that does not fit",
            "dz = dy * y * (1 - y)\nreturn x @ dz, dz.sum(axis=0), dz @ w.T",
            "It raises an error",
        ),
        Mistake(
            "half of the slope", "dz = dy * (1 - y)\nreturn x.T @ dz, dz.sum(axis=0), dz @ w.T", "slope of the sigmoid"
        ),
    ),
    "17.2": (
        Mistake(
            "from one side",
            "slopes = np.zeros(w.shape)\nfor place in np.ndindex(w.shape):\n    above = w.copy()\n"
            "    above[place] += step\n    slopes[place] = (cost(above) - cost(w)) / step\nreturn slopes",
            "one side",
        ),
        Mistake("all at once", "return (cost(w + step) - cost(w - step)) / (2 * step)", "a slope for each"),
        Mistake(
            "not put back",
            "slopes = np.zeros(w.shape)\nfor place in np.ndindex(w.shape):\n    w[place] += step\n    above = cost(w)\n"
            "    w[place] -= 2 * step\n    slopes[place] = (above - cost(w)) / (2 * step)\nreturn slopes",
            "changed w",
        ),
        Mistake(
            "half the distance",
            "slopes = np.zeros(w.shape)\nfor place in np.ndindex(w.shape):\n    above, below = w.copy(), w.copy()\n"
            "    above[place] += step\n    below[place] -= step\n"
            "    slopes[place] = (cost(above) - cost(below)) / step\nreturn slopes",
            "twice as large",
        ),
    ),
    "17.3": (
        Mistake(
            "means",
            _by_hand("return [(cost_of(y, t) / len(x), dw / len(x), db / len(x), len(x))]"),
            "mean of its rows",
        ),
        Mistake(
            "read twice",
            "x = np.array([x for x, _ in part])\nif not len(x):\n    return []\nt = np.array([t for _, t in part])\n"
            "y = forward(x, w, b)\ndw, db, _ = backward(x, w, y, y - t)\nreturn [(cost_of(y, t), dw, db, len(x))]",
            "only once",
        ),
        Mistake(
            "no rows",
            _by_hand("return [(cost_of(y, t), dw, db, len(pairs))]").replace("if not pairs:\n    return []\n", ""),
            "without rows",
        ),
        Mistake("no list", _by_hand("return cost_of(y, t), dw, db, len(pairs)"), "in a list"),
    ),
    "17.4": (
        Mistake("no last batch", "jobs = 10 * (60_000 // 128)\ntasks = 8 * jobs", "smaller batch"),
        Mistake("a job per epoch", "jobs = 10\ntasks = 80", "a job for each step"),
        Mistake("one task per job", "jobs = tasks = 4690", "each partition"),
        Mistake("tasks of one epoch", "jobs = 4690\ntasks = 469 * 8", "one epoch"),
    ),
    "17.5": (
        Mistake("keeps it", "return tried, rate * (1.05 if tried[1] < kept[1] else 0.5)", "worse weights"),
        Mistake("no brake", "return (tried, rate * 1.05) if tried[1] < kept[1] else (kept, rate)", "same step"),
        Mistake(
            "the rates swapped", "return (tried, rate * 0.5) if tried[1] < kept[1] else (kept, rate * 1.05)", "grow"
        ),
        Mistake(
            "weights alone", "return (tried[0], rate * 1.05) if tried[1] < kept[1] else (kept[0], rate * 0.5)", "pair"
        ),
    ),
    "17.6": (
        Mistake(
            "two differences at once",
            _TEST + "overfitting = accuracy(network, pixels, labels) - wrong_test\nbug = right_test - wrong_test",
            "at the same time",
        ),
        Mistake(
            "on other rows",
            _TEST + "overfitting = accuracy(network, pixels, labels) - right_test\n"
            "bug = accuracy(network, pixels, labels) - accuracy(mismatched, pixels, labels)",
            "bug on the training rows",
        ),
        Mistake(
            "the sign",
            _TEST + "overfitting = accuracy(network, pixels, labels) - right_test\nbug = wrong_test - right_test",
            "other way round",
        ),
    ),
}
