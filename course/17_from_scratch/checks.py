"""Lesson 17: a layer by hand, its sums on Spark, and a mistake that looked like overfitting.

Runs on: driver.
"""

import numpy as np

from sparkeras.course.exercise import exercise, right, wrong


@exercise(
    "17.1",
    "Backwards",
    baseline="slopes of zero, which learn nothing.",
    hints=(
        "First dz = dy * y * (1 - y), as large as y. All three follow from it.",
        "dw adds up over rows: x.T @ dz. db is dz added up over rows. dx is dz @ w.T.",
    ),
)
def backwards(backward):
    """Judge the way back through a layer with a sigmoid."""
    rng = np.random.default_rng(1)
    x, w, dy = rng.normal(size=(5, 4)), rng.normal(size=(4, 3)), rng.normal(size=(5, 3))
    y = 1 / (1 + np.exp(-x @ w))
    dz = dy * y * (1 - y)
    try:
        result = backward(x, w, y.copy(), dy.copy())
    except ValueError as error:
        return wrong(
            f"It raises an error: {error}",
            "dw is as large as w, dx as x: which factor of each must be transposed (.T)?",
        )
    if result is None or not isinstance(result, (tuple, list)) or len(result) != 3:
        return wrong("It does not return three arrays.", backwards.hints[0])
    if np.allclose(np.shape(result[0]), w.shape) and np.allclose(result[0], x.T @ dy):
        return wrong("You left out the slope of the activation.", "dz = dy * y * (1 - y), then go on with dz.")
    others = [x.T @ other for other in (dy * y, dy * (1 - y), -dz, dz * y)]
    if np.shape(result[0]) == w.shape and any(np.allclose(result[0], other) for other in others):
        return wrong(
            "dz is not right, so all three are wrong.",
            "Multiply dy by the slope of the sigmoid: dz = dy * y * (1 - y).",
        )
    return _three_slopes(result, {"dw": x.T @ dz, "db": dz.sum(axis=0), "dx": dz @ w.T}, len(x))


def _three_slopes(result, expected, rows):
    for (name, good), found in zip(expected.items(), result, strict=True):
        if np.size(found) == np.size(good) and name == "db":
            found = np.reshape(found, good.shape)  # (1, units) does as well
        if np.shape(found) != good.shape:
            words = f"{name} has the shape {np.shape(found)}, and it should have {good.shape}."
            return wrong(words, "There is a slope for each number, so both are equally large.")
        if np.allclose(found, good / rows):
            return wrong(f"{name} is divided by the number of rows.", "The cost is a sum over rows, not a mean.")
        if not np.allclose(found, good):
            return wrong(f"{name} is not right.", backwards.hints[1])
    return right("A deeper network does the same, layer after layer, from the last to the first.")


@exercise(
    "17.2",
    "The measured slope",
    baseline="slopes measured from one side only, whose error is far larger for the same step.",
    hints=(
        "Go through all places: for place in np.ndindex(w.shape). Change a copy of w at this place.",
        "(cost(above) - cost(below)) / (2 * step), where above and below are copies of w, one number moved.",
    ),
)
def the_slope(measure):
    """Judge a measured slope by a function whose slope is known: the sum of exp(w), which bends everywhere."""
    step = 1e-2
    w = np.array([[0.1, -0.4, 0.7], [1.0, -1.2, 0.3]])
    exact, before = np.exp(w), w.copy()
    result = measure(lambda w: np.exp(w).sum(), w, step)
    if result is None:
        return wrong("It returns nothing.", the_slope.hints[0])
    if np.shape(result) != exact.shape:
        return wrong(f"It returns the shape {np.shape(result)}.", "Expected a slope for each number of w.")
    if not np.allclose(w, before, atol=1e-9):
        return wrong("It changed w.", "Put each number back after its measurement, or work on copies.")
    if np.allclose(result, exact, rtol=1e-3):
        return right("It takes two costs per weight, and tests any formula for a slope.")
    if np.allclose(result, 2 * exact, rtol=1e-3):
        return wrong(
            "Each slope is twice as large as it should be.", "The distance from w - step to w + step is 2 * step."
        )
    if np.allclose(result, exact, rtol=2e-2):
        return wrong(
            "Nearly: you measured from one side.", "Use w + step and w - step: then most of the error cancels."
        )
    return wrong(f"The first slope is {np.ravel(result)[0]:.4f}; it should be 1.105.", the_slope.hints[1])


@exercise(
    "17.3",
    "One sum per part",
    baseline="NumPy alone on all rows: the sums of all parts must be the same.",
    hints=(
        "pairs = list(part) goes through the part once. zip(*pairs) gives all rows of pixels, and all targets.",
        "y = forward(x, w, b); dw, db, _ = backward(x, w, y, y - t); return [(cost_of(y, t), dw, db, len(pairs))].",
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
        return wrong("backward returns nothing yet.", "Do exercise 17.1 first; this one builds on it.")
    pairs = list(zip(x, t, strict=True))
    try:
        results = [part_sums(iter(part), w, b) for part in (pairs[:3], pairs[3:])]
    except (ValueError, TypeError, IndexError) as error:
        if _survives(part_sums, pairs, w, b):
            return wrong(
                f"With an iterator it raises an error: {error}", "It can be read only once: pairs = list(part)."
            )
        return wrong(f"It raises an error: {error}", one_sum_per_part.hints[0])
    if None in results:
        return wrong("It returns nothing.", one_sum_per_part.hints[0])
    results = [list(each) if not isinstance(each, tuple) else each for each in results]
    if isinstance(results[0], tuple) or len(results[0]) != 1 or len(results[0][0]) != 4:
        words = "one tuple of four, in a list: [(cost, dw, db, rows)]"
        return wrong(
            f"For a part of 3 rows it returns a {type(results[0]).__name__} of {len(results[0])}.", f"Expected {words}."
        )
    return _of_all(part_sums, [each[0] for each in results], x, t, w, b)


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
        return wrong(f"A part without rows raises an error: {error}", "Spark may have such parts: return [] for them.")
    if not fine:
        return wrong("For a part without rows it returns sums.", "Return [] for it.")
    return right("Each task sends one tuple, whatever the number of rows, and any division gives the same sums.")


@exercise(
    "17.4",
    "How many jobs",
    baseline="one job, which is what sparkeras.fit needs for a whole training.",
    hints=(
        "How many batches has an epoch, with the small one at its end?",
        "60,000 / 128 is 468.75. Each batch of each epoch is a job; each job has a task per partition.",
    ),
)
def how_many_jobs(jobs, tasks):
    """Judge the jobs and tasks of a training."""
    hints = {
        4680: "An epoch has 468 full batches and a smaller batch at its end.",
        10: "There is a job for each step, not for each epoch.",
        37_520: "These are the tasks: a job has one for each partition.",
        469: "That is a single epoch; there are 10.",
    }
    if jobs != 4690:
        return wrong(f"{jobs:,} jobs is not right.", hints.get(jobs, how_many_jobs.hints[0]))
    if tasks == 37_520:
        return right("4,690 jobs, 37,520 tasks. Each costs some milliseconds before it has computed anything.")
    hints = {4690: "A job has a task for each partition.", 3752: "These are the tasks of one epoch."}
    return wrong(f"jobs is right; {tasks:,} tasks is not.", hints.get(tasks, "Tasks per job: the partitions."))


@exercise(
    "17.5",
    "The bold driver",
    baseline="a driver that keeps its bad steps, as the original program did.",
    hints=(
        "Compare the costs: tried[1] < kept[1]. There are two cases, and each has its place and its rate.",
        "A good step: return tried, rate * 1.05. A bad one: return kept, rate * 0.5.",
    ),
)
def the_bold_driver(bold):
    """Judge what a bold driver does after a good and after a bad step."""
    old, better, worse = (np.zeros(2), 3.0), (np.ones(2), 2.0), (np.full(2, 2.0), 4.0)
    good, bad = bold(old, better, 0.1), bold(old, worse, 0.1)
    if good is None or bad is None:
        return wrong("After some steps it returns nothing.", the_bold_driver.hints[0])
    (after_good, faster), (after_bad, slower) = good, bad
    for place in (after_good, after_bad):
        if not (isinstance(place, (tuple, list)) and len(place) == 2):
            return wrong("The first value is not (weights, cost).", "Return the pair as you got it: tried, or kept.")
    if after_bad[1] > 3:
        return wrong("After a bad step it goes on from the worse weights.", "Go on from kept: undo the step.")
    if after_good[1] > 2:
        return wrong("After a good step it stays where it was.", "The cost fell from 3 to 2: go on from tried.")
    if np.isclose(slower, 0.1):
        return wrong(
            "After a bad step the rate does not change.", "From the same place it would take the same step again."
        )
    if faster < 0.1 or slower > 0.1:
        return wrong(
            "The rate moves the wrong way.", "It should grow by 5 % after a good step, and be halved after a bad one."
        )
    if not (np.isclose(faster, 0.105) and np.isclose(slower, 0.05)):
        return wrong(f"The rate 0.1 becomes {faster:.4g} and {slower:.4g}.", "rate * 1.05, and rate * 0.5.")
    return right("The cost can only fall, and the rate adapts by itself.")


@exercise(
    "17.6",
    "Was it overfitting?",
    baseline="0 for both: as good on new rows, and as good with either activation.",
    hints=(
        "accuracy(network, rows, labels) gives each of the numbers that you need.",
        "Change one thing at a time. overfitting: the same network, other rows. bug: the same rows, another network.",
        "overfitting: network on pixels minus on pixels_test. bug: network minus mismatched, both on pixels_test.",
    ),
)
def was_it_overfitting(overfitting, bug, network, mismatched, pixels, labels, pixels_test, labels_test):
    """Judge the two differences."""
    train, test = (_share(network, *each) for each in ((pixels, labels), (pixels_test, labels_test)))
    test_mismatched = _share(mismatched, pixels_test, labels_test)
    if not np.isclose(overfitting, train - test, atol=1e-6):
        if np.isclose(overfitting, train - test_mismatched, atol=1e-6):
            return wrong(
                "You changed the rows and the activation at the same time.", "Change one thing: network on both."
            )
        if np.isclose(overfitting, test - train, atol=1e-6):
            return wrong("overfitting has the wrong sign.", "What is lost on new rows: on pixels minus on pixels_test.")
        return wrong(f"overfitting is not {overfitting:.3f}.", was_it_overfitting.hints[1])
    if np.isclose(bug, test - test_mismatched, atol=1e-6):
        return right(
            f"{overfitting:.3f} is lost on new rows, {bug:.3f} by the wrong activation: it was not overfitting."
        )
    if np.isclose(bug, test_mismatched - test, atol=1e-6):
        return wrong("bug has its sign the other way round.", "What is lost: right minus wrong, above zero.")
    if np.isclose(bug, train - _share(mismatched, pixels, labels), atol=1e-6):
        return wrong("You measured bug on the training rows.", "Measure both on the test rows, as the report did.")
    return wrong(f"overfitting is right; bug is not {bug:.3f}.", was_it_overfitting.hints[1])


def _share(network, x, labels):
    return float(np.mean(network.forward(x).argmax(axis=1) == labels))
