"""Lesson 17: a layer by hand, its sums on Spark, and a mistake that looked like overfitting.

Runs on: driver.
"""

import numpy as np

from sparkeras.course.checks.museum_rooms import how_many_jobs, the_bold_driver, was_it_overfitting
from sparkeras.course.exercise import Mistake, exercise, right, wrong

__all__ = ["backwards", "how_many_jobs", "one_sum_per_part", "the_bold_driver", "the_slope", "was_it_overfitting"]


@exercise(
    "17.1",
    "Backwards",
    baseline="slopes of zero, which learn nothing.",
    hints=(
        "First dz = dy * y * (1 - y), as large as y. All three follow from it.",
        "dw adds up over rows: x.T @ dz. db is dz added up over rows. dx is dz @ w.T.",
    ),
    mistakes=(
        Mistake("no slope of the bend", "return x.T @ dy, dy.sum(axis=0), dy @ w.T", "left out the bend"),
        Mistake(
            "a mean for the bias",
            "dz = dy * y * (1 - y)\nreturn x.T @ dz, dz.mean(axis=0), dz @ w.T",
            "and no mean",
        ),
        Mistake(
            "lying on its side", "dz = dy * y * (1 - y)\nreturn dz.T @ x, dz.sum(axis=0), dz @ w.T", "has the shape"
        ),
        Mistake(
            "a product that does not fit",
            "dz = dy * y * (1 - y)\nreturn x @ dz, dz.sum(axis=0), dz @ w.T",
            "It ends in",
        ),
        Mistake(
            "half of the bend", "dz = dy * (1 - y)\nreturn x.T @ dz, dz.sum(axis=0), dz @ w.T", "slope of the bend"
        ),
    ),
)
def backwards(backward):
    """Judge the way back through a layer with a sigmoid."""
    rng = np.random.default_rng(1)
    x, w, dy = rng.normal(size=(5, 4)), rng.normal(size=(4, 3)), rng.normal(size=(5, 3))
    y = 1 / (1 + np.exp(-x @ w))
    dz = dy * y * (1 - y)
    try:
        said = backward(x, w, y.copy(), dy.copy())
    except ValueError as error:
        return wrong(
            f"It ends in: {error}", "dw is as large as w, dx as x: which factor of each must lie on its side (.T)?"
        )
    if said is None or not isinstance(said, (tuple, list)) or len(said) != 3:
        return wrong("It does not return three arrays.", backwards.hints[0])
    if np.allclose(np.shape(said[0]), w.shape) and np.allclose(said[0], x.T @ dy):
        return wrong("You left out the bend.", "dz = dy * y * (1 - y), then go on with dz.")
    others = [x.T @ other for other in (dy * y, dy * (1 - y), -dz, dz * y)]
    if np.shape(said[0]) == w.shape and any(np.allclose(said[0], other) for other in others):
        return wrong("dz is not it, so nothing is.", "Cost times the slope of the bend: dz = dy * y * (1 - y).")
    return _three_slopes(said, {"dw": x.T @ dz, "db": dz.sum(axis=0), "dx": dz @ w.T}, len(x))


def _three_slopes(said, expected, rows):
    for (name, good), found in zip(expected.items(), said, strict=True):
        if np.size(found) == np.size(good) and name == "db":
            found = np.reshape(found, good.shape)  # (1, units) does as well
        if np.shape(found) != good.shape:
            words = f"{name} has the shape {np.shape(found)}, and it should have {good.shape}."
            return wrong(words, "A slope for each number: as large as what it is the slope of.")
        if np.allclose(found, good / rows):
            return wrong(f"{name} is divided by the number of rows.", "The cost is a sum over rows, and no mean.")
        if not np.allclose(found, good):
            return wrong(f"{name} is not it.", backwards.hints[1])
    return right("Three products. A deeper network does the same, layer after layer, from the last to the first.")


@exercise(
    "17.2",
    "The measured slope",
    baseline="slopes measured from one side only, whose error is far larger for the same step.",
    hints=(
        "Go through all places: for place in np.ndindex(w.shape). Change a copy of w at this place.",
        "(cost(above) - cost(below)) / (2 * step), where above and below are copies of w, one number moved.",
    ),
    mistakes=(
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
)
def the_slope(measure):
    """Judge a measured slope by a function whose slope is known: the sum of exp(w), which bends everywhere."""
    step = 1e-2
    w = np.array([[0.1, -0.4, 0.7], [1.0, -1.2, 0.3]])
    exact, before = np.exp(w), w.copy()
    said = measure(lambda w: np.exp(w).sum(), w, step)
    if said is None:
        return wrong("It returns nothing.", the_slope.hints[0])
    if np.shape(said) != exact.shape:
        return wrong(f"It gives the shape {np.shape(said)}.", "Expected is a slope for each number of w, by itself.")
    if not np.allclose(w, before, atol=1e-9):
        return wrong("It changed w.", "Put each number back when it is measured, or work on copies.")
    if np.allclose(said, exact, rtol=1e-3):
        return right("Two costs per weight. With it you can test any formula for a slope, by whomever it was written.")
    if np.allclose(said, 2 * exact, rtol=1e-3):
        return wrong("Each slope is twice as large as it should be.", "From w - step to w + step it is 2 * step.")
    if np.allclose(said, exact, rtol=2e-2):
        return wrong(
            "Nearly: you measured from one side.", "w + step and w - step: then the error of the bend cancels."
        )
    return wrong(f"The first slope is {np.ravel(said)[0]:.4f}; it should be 1.105.", the_slope.hints[1])


def _by_hand(text):
    """Return an answer to 17.3 that reads its part in the usual way and then goes on by ``text``."""
    return (
        "pairs = list(part)\nif not pairs:\n    return []\nx, t = (np.array(each) for each in zip(*pairs))\n"
        f"y = forward(x, w, b)\ndw, db, _ = backward(x, w, y, y - t)\n{text}"
    )


@exercise(
    "17.3",
    "One sum per part",
    baseline="NumPy alone on all rows: the sums of all parts must be the same.",
    hints=(
        "pairs = list(part) goes through the part once. zip(*pairs) gives all rows of pixels, and all targets.",
        "y = forward(x, w, b); dw, db, _ = backward(x, w, y, y - t); return [(cost_of(y, t), dw, db, len(pairs))].",
    ),
    mistakes=(
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
)
def one_sum_per_part(part_sums, backward):
    """Judge the sums of parts by the slopes of all rows together."""
    rng = np.random.default_rng(2)
    x, w, b, t = (
        rng.normal(size=(8, 4)),
        rng.normal(size=(4, 3)),
        rng.normal(size=3),
        np.eye(3)[[0, 1, 2, 0, 1, 2, 0, 1]],
    )
    if backward(x, w, np.full((8, 3), 0.5), t) is None:
        return wrong("backward does nothing yet.", "Do exercise 17.1 first; this one builds on it.")
    pairs = list(zip(x, t, strict=True))
    try:
        said = [part_sums(iter(part), w, b) for part in (pairs[:3], pairs[3:])]
    except (ValueError, TypeError, IndexError) as error:
        if _survives(part_sums, pairs, w, b):
            return wrong(
                f"With an iterator it ends in: {error}", "One can go through it only once: pairs = list(part)."
            )
        return wrong(f"It ends in: {error}", one_sum_per_part.hints[0])
    if None in said:
        return wrong("It returns nothing.", one_sum_per_part.hints[0])
    said = [list(each) if not isinstance(each, tuple) else each for each in said]
    if isinstance(said[0], tuple) or len(said[0]) != 1 or len(said[0][0]) != 4:
        words = "one tuple of four, in a list: [(cost, dw, db, rows)]"
        return wrong(f"A part of 3 rows gives {type(said[0]).__name__} of {len(said[0])}.", f"Expected is {words}.")
    return _of_all(part_sums, [each[0] for each in said], x, t, w, b)


def _survives(part_sums, part, w, b):
    """Tell whether it works on a list; a part without rows is another question."""
    try:
        return part_sums(part, w, b) is not None
    except Exception:
        return False


def _of_all(part_sums, parts, x, t, w, b):
    y = 1 / (1 + np.exp(-(x @ w + b)))
    dz = (y - t) * y * (1 - y)
    cost, dw, db, rows = (one + other for one, other in zip(*parts, strict=True))
    if rows != len(x):
        return wrong(f"Parts of 3 and 5 rows have {rows} rows together.", "The last of the four is the number of rows.")
    first = (y[:3] - t[:3]) * y[:3] * (1 - y[:3])
    if np.allclose(parts[0][1], x[:3].T @ first / 3):
        return wrong("Each part sends the mean of its rows.", "Send sums: a part of 5 rows counts more than one of 3.")
    if not (np.allclose(dw, x.T @ dz) and np.allclose(db, dz.sum(axis=0))):
        return wrong("The parts' slopes do not add up to those of all rows.", one_sum_per_part.hints[1])
    if not np.allclose(cost, 0.5 * np.square(y - t).sum()):
        return wrong("The parts' costs do not add up to the cost of all rows.", "cost_of(y, t), as it is.")
    try:
        empty = part_sums(iter([]), w, b)
        fine = len(list(empty)) == 0 or np.allclose(np.asarray(next(iter(empty))[1]), 0)
    except Exception as error:
        return wrong(f"A part without rows ends in: {error}", "Spark may have such parts: return [] for them.")
    if not fine:
        return wrong("A part without rows gives something.", "Return [] for it.")
    return right("One tuple per task travels, whatever the number of rows, and any division gives the same sums.")
