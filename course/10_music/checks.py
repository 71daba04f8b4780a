"""Lesson 10: where music comes from.

Runs on: driver.
"""

import numpy as np

from sparkeras import plots
from sparkeras.course import in_lessons
from sparkeras.course.exercise import exercise, right, wrong

from . import untrained

# Pairs of places: London and Sydney, both sides of the date line, Oslo and Helsinki, a pole and the equator.
A = np.array([[51.5, -0.13], [10.0, 179.0], [59.91, 10.75], [90.0, 0.0]])
B = np.array([[-33.87, 151.21], [10.0, -179.0], [60.17, 24.94], [0.0, 70.0]])
# Losses, patience, and where it is to stop with which best.
_COURSES = (
    ([5.0, 4.0, 6.0, 5.5, 5.2, 7.0], 3, (5, 2)),  # better than the epoch before is not better than the best
    ([5.0, 4.0, 3.0, 3.5, 3.2, 2.0, 1.0], 2, (5, 3)),  # the patience runs out before the best of all
    ([5.0, 6.0, 4.0, 5.0, 3.0, 4.0, 2.0], 2, (7, 7)),  # two in a row never happen
    ([5.0, 4.0, 3.0, 2.0, 1.0], 3, (5, 5)),  # it never runs out
    ([3.0, 3.0, 3.0, 3.0], 2, (3, 1)),  # as good is not better
    ([5.0, 4.0, 6.0, 6.0, 6.0, 6.0, 6.0, 6.0], 2, (4, 2)),  # it does not wait one more
)


@exercise(
    "10.1",
    "The great circle",
    baseline="nothing; it is a formula. London to Sydney are 16,994 km.",
    hints=(
        "First both arrays in radians, then the formula. a[:, 0] are latitudes, a[:, 1] longitudes.",
        "lat_a, lon_a = np.radians(a).T, the same for b; then h, then 2 * 6371 * np.arcsin(np.sqrt(h)).",
    ),
)
def the_great_circle(distance_km):
    """Judge distances between known places."""
    return judge_distance(distance_km)


@exercise(
    "10.2",
    "Always the same place",
    baseline="nothing; this is the number that everything else has to beat.",
    hints=(
        "The place has two numbers: y_train.mean(axis=0). How far is each test piece from it?",
        "plots.great_circle_km(y_test, np.broadcast_to(y_train.mean(axis=0), y_test.shape)).mean()",
    ),
)
def always_the_same_place(mean_km, y_train, y_test):
    """Judge the distance of the mean place."""
    distance = float(mean_km)

    def of(place, y):
        return float(plots.great_circle_km(y, np.broadcast_to(place, y.shape)).mean())

    def near(value):  # on a ball of 6371 or 6371.0088 km, which differ by less than the mistakes do
        return abs(distance - value) < max(2e-5 * value, 0.6)

    middle = y_train.mean(axis=0)
    if near(of(middle, y_test)):
        return right(
            f"Always predicting {middle[0]:.0f} degrees north, {middle[1]:.0f} east is off by {distance:,.0f} km."
        )
    known = (
        (of(y_test.mean(axis=0), y_test), "That is the mean place of the test rows.", "A model does not know it."),
        (
            of(np.full(2, y_train.mean()), y_test),
            "You took one mean of both columns.",
            "Take the mean of each column: axis=0.",
        ),
        (of(middle, y_train), "That is the error on the rows it learned from.", "Measure on the test rows."),
        (
            float(np.hypot(*(y_test - middle).T).mean()),
            "That distance is in degrees.",
            "Use distance_km or great_circle_km.",
        ),
    )
    for value, message, hint in known:
        if near(value):
            return wrong(message, hint)
    return wrong(f"{distance:,.4g} is not right.", always_the_same_place.hints[1])


@exercise(
    "10.3",
    "Build",
    baseline="a network that first has to learn where the middle of the world is.",
    hints=(
        "Five parts: Input, Normalization, Dense with ReLU, Dense(2), Normalization(..., invert=True); then compile.",
        "keras.layers.Normalization(mean=y_fit.mean(axis=0), variance=y_fit.var(axis=0), invert=True) is the last one.",
    ),
)
def a_built_network(build, x_fit, y_fit, x_train, y_train):
    """Judge an untrained network by its outputs when all its trainable weights are zero."""
    return untrained.judge_built(build(), x_fit, y_fit, x_train, y_train)


@exercise(
    "10.4",
    "When to stop",
    baseline="stopping never, or at the first epoch that is worse.",
    hints=(
        "Walk through the losses; keep the best epoch so far and the number of epochs since.",
        "A new best sets the count to zero; otherwise it grows by one, and if it equals the patience: stop.",
    ),
)
def when_to_stop(stop_at):
    """Judge early stopping on made-up validation losses."""
    return judge_stop(stop_at)


@exercise(
    "10.5",
    "Stopped in time",
    baseline="the mean place on the validation rows; and the network that was never stopped.",
    hints=(
        "keras.callbacks.EarlyStopping(...) first; then network.fit(..., callbacks=[stopping]).",
        'EarlyStopping(monitor="val_loss", patience=10, restore_best_weights=True)',
    ),
)
def stopped_in_time(network, stopping, x_fit, y_fit, x_val, y_val):
    """Judge a network that early stopping trained."""
    if type(stopping).__name__ != "EarlyStopping":
        return wrong("`stopping` is not an EarlyStopping.", stopped_in_time.hints[1])
    if stopping.monitor != "val_loss":
        return wrong(
            f"It monitors {stopping.monitor!r}.", "The error on the rows to fit keeps falling: monitor val_loss."
        )
    if not stopping.restore_best_weights:
        return wrong("The network keeps the weights of its last epoch.", "Set restore_best_weights=True.")
    if stopping.patience != 10:
        return wrong(f"It waits {stopping.patience} epochs.", "Expected patience=10.")
    if stopping.best is None and int(network.optimizer.iterations):
        return wrong("It has seen no validation loss.", "validation_data=(x_val, y_val), callbacks=[stopping]")
    if stopping.best is None:
        return wrong("It has not seen an epoch yet.", "network.fit(..., callbacks=[stopping])")
    error = float(np.mean(np.abs(network.predict(x_val, verbose=0) - y_val)))
    if abs(error / float(stopping.best) - 1) > 0.01:
        message = (
            f"The best error was {float(stopping.best):.1f}; on the validation rows the network's error is {error:.1f}."
        )
        return wrong(message, "Was it measured on other rows? validation_data=(x_val, y_val)")
    middle = float(np.mean(np.abs(y_fit.mean(axis=0) - y_val)))
    if error > 0.95 * middle and not in_lessons.sampled():
        return wrong(f"It is {error:.1f} degrees off, the mean place {middle:.1f}.", "Let it train longer.")
    of_fit = float(np.mean(np.abs(network.predict(x_fit, verbose=0) - y_fit)))
    if error < 0.7 * middle and error < 1.2 * of_fit and not in_lessons.sampled():
        return wrong(
            f"An error of {error:.1f} degrees is too good.",
            "It has learned from the validation rows: fit(x_fit, y_fit).",
        )
    return right(f"On the validation rows it is {error:.1f} degrees off; the mean place {middle:.1f}.")


@exercise(
    "10.6",
    "Two outputs, two errors",
    baseline="zero, which the mean has.",
    hints=(
        "Squared errors of shape (rows, 2), mean over the rows: axis=0. Twice: for the network and for the mean.",
        "1 - ((y_test - predicted) ** 2).mean(axis=0) / ((y_test - y_train.mean(axis=0)) ** 2).mean(axis=0)",
    ),
)
def two_errors(explained, network, x_test, y_test, y_train):
    """Judge the share of the squared error that a network takes away, per output."""
    ours = (y_test - network.predict(x_test, verbose=0)) ** 2
    theirs = (y_test - y_train.mean(axis=0)) ** 2
    result, expected = np.asarray(explained), 1 - ours.mean(axis=0) / theirs.mean(axis=0)
    if result.shape != (2,):
        return wrong(f"The shape is {result.shape}.", "Expected two numbers, (2,): the mean over the rows is axis=0.")
    by_test = 1 - ours.mean(axis=0) / y_test.var(axis=0)
    if np.allclose(result, by_test, atol=1e-7) and not np.allclose(result, expected, atol=1e-7):
        return wrong("You compare with the mean of the test rows.", "It is not known in advance: y_train.mean(axis=0).")
    if np.allclose(result, expected, atol=0.005):
        return right(
            f"Latitude {result[0]:.2f}, longitude {result[1]:.2f}: the network knows one better than the other."
        )
    if np.allclose(result, 1 - expected, atol=0.005):
        return wrong("That is the share of the error that is left over.", "Return 1 minus it.")
    if np.allclose(result, 1 - np.sqrt(ours).mean(axis=0) / np.sqrt(theirs).mean(axis=0), atol=0.005):
        return wrong("These errors are not squared.", "Square each error before the mean.")
    return wrong(f"{np.round(result, 3).tolist()} is not right.", two_errors.hints[1])


def judge_distance(distance_km):
    """Judge a function of distances by four pairs of places."""
    result, expected = distance_km(A, B), plots.great_circle_km(A, B)
    if result is None:
        return wrong("It returns nothing.", "First both arrays in radians, then the formula. a[:, 0] are latitudes, "
                     "a[:, 1] longitudes.")  # fmt: skip
    result = np.asarray(result, float)
    if result.shape != (4,):
        return wrong(f"For four pairs it returns the shape {result.shape}.", "One distance per row: (rows,).")
    if np.allclose(result, expected, rtol=0.005):
        return right("London to Sydney 16,994 km, and across the date line 219 km.")
    message = (
        f"For London to Sydney, 16,994 km, it returns {result[0]:,.0f}; for Oslo to Helsinki, 790 km, {result[2]:,.0f}."
    )
    if np.allclose(result, 111 * np.hypot(*(A - B).T), rtol=0.02):
        return wrong(message, "The theorem of Pythagoras is for a flat map. Follow the formula.")
    if np.allclose(2 * result, expected, rtol=0.005):
        return wrong(message, "Each distance is half of the right one: the 2 before R is missing.")
    if abs(result[3] / expected[3] - 1) > 0.005 and abs(result[2] / expected[2] - 1) > 0.5 and result[2] > expected[2]:
        lat, lon = np.radians(A - B).T
        flat = 2 * 6371 * np.arcsin(np.sqrt(np.clip(np.sin(lat / 2) ** 2 + np.sin(lon / 2) ** 2, 0, 1)))
        if np.allclose(result, flat, rtol=0.005):
            return wrong(
                message, "Distances near the poles are too large: cos(lat) of both places belongs to the second part."
            )
    (lat_a, lon_a), (lat_b, lon_b) = A.T, B.T  # as they come, in degrees
    h = np.sin((lat_b - lat_a) / 2) ** 2 + np.cos(lat_a) * np.cos(lat_b) * np.sin((lon_b - lon_a) / 2) ** 2
    if np.allclose(result, 2 * 6371 * np.arcsin(np.sqrt(np.clip(h, 0, 1))), rtol=0.005):
        return wrong(message, "np.sin takes radians: np.radians(a), np.radians(b).")
    return wrong(message, "Check each part: latitude is column 0; the halves, squares, both cosines, the root, 2 R.")


def judge_stop(stop_at):
    """Judge early stopping on made-up validation losses."""
    results = [stop_at(losses, patience) for losses, patience, _ in _COURSES]
    if any(each is None for each in results):
        words = "Walk through the losses; keep the best epoch so far and the number of epochs since."
        return wrong("It returns nothing.", words)
    if any(np.shape(each) != (2,) for each in results):
        return wrong(f"It returns {results[0]!r}.", "Two numbers: the epoch where it stops, and the best one.")
    results = [tuple(int(number) for number in each) for each in results]
    expected = [each for _, _, each in _COURSES]
    if results == expected:
        return right("Patience is a number of epochs in a row without a new best.")
    if results[:2] == [(stop - 1, best - 1) for stop, best in expected[:2]]:
        return wrong(f"It returns {results[3]} where each of five epochs is better.", "Epochs are counted from 1.")
    number = next(i for i, each in enumerate(expected) if results[i] != each)
    losses, patience, _ = _COURSES[number]
    message = f"For {losses} and patience {patience} it returns {results[number]}; expected {expected[number]}."
    return wrong(message, _why_stopped(results, expected))


def _why_stopped(results, expected):
    """Return the hint for wrong results on the made-up losses."""
    if results == [each[::-1] for each in expected]:
        return "The two numbers are exchanged: first where it stops."
    if [each for i, each in enumerate(results) if i != 4] == [each for i, each in enumerate(expected) if i != 4]:
        return "An epoch that is as good as the best one is not a new best."
    if results[5] == (5, 2):
        return "It waits one epoch too long: it stops when the count equals the patience."
    if results[0] == (6, 2) and results[5] == (4, 2):
        return "A new best is one that beats the best so far, not the epoch before."
    if results[0] == (6, 2):
        return "A training that has stopped cannot see the later epochs."
    if results[0][1] > 2:
        return "Compare with the best so far, not with the epoch before."
    if results[2] != expected[2]:
        return "Patience is for epochs in a row: a new best sets the count to zero."
    return "After how many epochs without a new best does it stop, and which was the best until then?"
