"""Lesson 10: where music comes from.

Runs on: driver.
"""

import numpy as np

from sparkeras import plots
from sparkeras.course import in_lessons
from sparkeras.course.checks import pieces_of_music
from sparkeras.course.exercise import Mistake, exercise, right, wrong


@exercise(
    "10.1",
    "The great circle",
    baseline="nothing; it is a formula. London to Sydney are 16,994 km.",
    hints=(
        "First both arrays in radians, then the formula. a[:, 0] are latitudes, a[:, 1] longitudes.",
        "lat_a, lon_a = np.radians(a).T, the same for b; then h, then 2 * 6371 * np.arcsin(np.sqrt(h)).",
    ),
    mistakes=(
        Mistake("degrees in the sine", pieces_of_music.circle(unit=""), "radians"),
        Mistake("Pythagoras", "return 111 * np.hypot(*(a - b).T)", "flat map"),
        Mistake("no cosines", pieces_of_music.circle(cosines="1"), "near the poles"),
        Mistake("half the way", pieces_of_music.circle(factor="6371"), "half"),
    ),
)
def the_great_circle(distance_km):
    """Judge distances between known places."""
    return pieces_of_music.judge_distance(distance_km)


@exercise(
    "10.2",
    "Always the same place",
    baseline="nothing; this is the number that everything else has to beat.",
    hints=(
        "The place has two numbers: y_train.mean(axis=0). How far is each test piece from it?",
        "plots.great_circle_km(y_test, np.broadcast_to(y_train.mean(axis=0), y_test.shape)).mean()",
    ),
    mistakes=(
        Mistake("the test rows' mean place", pieces_of_music.always("y_test.mean(axis=0)"), "not know"),
        Mistake("one mean of both columns", pieces_of_music.always("y_train.mean()"), "axis=0"),
        Mistake("in degrees", "mean_km = np.hypot(*(y_test - y_train.mean(axis=0)).T).mean()", "degrees"),
        Mistake(
            "on the training rows",
            "mean_km = plots.great_circle_km(y_train, np.broadcast_to(y_train.mean(axis=0), y_train.shape)).mean()",
            "learned from",
        ),
    ),
)
def always_the_same_place(mean_km, y_train, y_test):
    """Judge the distance of the mean place."""
    said = float(mean_km)

    def of(place, y):
        return float(plots.great_circle_km(y, np.broadcast_to(place, y.shape)).mean())

    def near(value):  # on a ball of 6371 or 6371.0088 km, which differ by less than the mistakes do
        return abs(said - value) < max(2e-5 * value, 0.6)

    middle = y_train.mean(axis=0)
    if near(of(middle, y_test)):
        return right(f"Always saying {middle[0]:.0f} degrees north, {middle[1]:.0f} east misses by {said:,.0f} km.")
    known = (
        (of(y_test.mean(axis=0), y_test), "That is the test rows' own mean place.", "A model does not know it."),
        (of(np.full(2, y_train.mean()), y_test), "You took one mean of both columns.", "Each by itself: axis=0."),
        (of(middle, y_train), "That is the error on the rows it learned from.", "Measure on the test rows."),
        (float(np.hypot(*(y_test - middle).T).mean()), "That is in degrees.", "Take distance_km or great_circle_km."),
    )
    for value, message, hint in known:
        if near(value):
            return wrong(message, hint)
    return wrong(f"{said:,.4g} is not it.", always_the_same_place.hints[1])


@exercise(
    "10.3",
    "Build",
    baseline="a network that first has to learn where the middle of the world is.",
    hints=(
        "Five parts: Input, Normalization, Dense with ReLU, Dense(2), Normalization(..., invert=True); then compile.",
        "keras.layers.Normalization(mean=y_fit.mean(axis=0), variance=y_fit.var(axis=0), invert=True) is the last one.",
    ),
    mistakes=(
        Mistake("labels not scaled", pieces_of_music.network(last=""), "ends in plain numbers"),
        Mistake("numbers of all rows", pieces_of_music.network(rows="train"), "validation rows, too"),
        Mistake(
            "one number for both columns",
            pieces_of_music.network(last="keras.layers.Normalization(mean=y_fit.mean(), variance=y_fit.var(), "
                                         "axis=None, invert=True)"),
            "column by itself",
        ),
        Mistake(
            "the way in at the way out",
            pieces_of_music.network(last="keras.layers.Normalization(mean=y_fit.mean(axis=0), "
                                         "variance=y_fit.var(axis=0))"),
            "invert",
        ),
    ),
)  # fmt: skip
def a_built_network(build, x_fit, y_fit, x_train, y_train):
    """Judge an untrained network by what it says when all that it learns is zero."""
    return pieces_of_music.judge_built(build(), x_fit, y_fit, x_train, y_train)


@exercise(
    "10.4",
    "When to stop",
    baseline="stopping never, or at the first epoch that is worse.",
    hints=(
        "Walk through the losses; keep the best epoch so far and the number of epochs since.",
        "A new best sets the count to zero; otherwise it grows by one, and if it equals the patience: stop.",
    ),
    mistakes=(
        Mistake("from zero", pieces_of_music.stop(result="epoch, best"), "counted from 1"),
        Mistake("the best of all", "return len(losses), int(np.argmin(losses)) + 1", "cannot see"),
        Mistake("the count is never set back", pieces_of_music.stop(again="waited"), "in a row"),
        Mistake("compared with the epoch before", pieces_of_music.stop(against="losses[epoch - 1]"), "the best so far"),
    ),
)
def when_to_stop(stop_at):
    """Judge early stopping on three made courses of a validation error."""
    return pieces_of_music.judge_stop(stop_at)


@exercise(
    "10.5",
    "Stopped in time",
    baseline="the mean place on the validation rows; and the network that was never stopped.",
    hints=(
        "keras.callbacks.EarlyStopping(...) first; then network.fit(..., callbacks=[stopping]).",
        'EarlyStopping(monitor="val_loss", patience=10, restore_best_weights=True)',
    ),
    mistakes=(
        Mistake("by the training error", pieces_of_music.stopper('monitor="loss", restore_best_weights=True'),
                "falls for ever"),
        Mistake("the weights of the last epoch", pieces_of_music.stopper(""), "restore_best_weights"),
        Mistake("not trained", pieces_of_music.stopper("patience=10, restore_best_weights=True"), "has not seen"),
        Mistake("by the test rows", pieces_of_music.BY_TEST_ROWS, "other rows"),
    ),
)  # fmt: skip
def stopped_in_time(network, stopping, x_fit, y_fit, x_val, y_val):
    """Judge a network that early stopping trained."""
    if type(stopping).__name__ != "EarlyStopping":
        return wrong("`stopping` is no EarlyStopping.", stopped_in_time.hints[1])
    if stopping.monitor != "val_loss":
        return wrong(f"It watches {stopping.monitor!r}.", "On the rows to fit the error falls for ever: val_loss.")
    if not stopping.restore_best_weights:
        return wrong("The network keeps the weights of its last epoch.", "Set restore_best_weights=True.")
    if stopping.patience != 10:
        return wrong(f"It waits {stopping.patience} epochs.", "patience=10 was asked.")
    if stopping.best is None and int(network.optimizer.iterations):
        return wrong("It has seen no error on validation rows.", "validation_data=(x_val, y_val), callbacks=[stopping]")
    if stopping.best is None:
        return wrong("It has not seen an epoch yet.", "network.fit(..., callbacks=[stopping])")
    error = float(np.mean(np.abs(network.predict(x_val, verbose=0) - y_val)))
    if abs(error / float(stopping.best) - 1) > 0.01:
        told = f"The best error was {float(stopping.best):.1f}; on the validation rows the network has {error:.1f}."
        return wrong(told, "Was it measured on other rows? validation_data=(x_val, y_val)")
    middle = float(np.mean(np.abs(y_fit.mean(axis=0) - y_val)))
    if error > 0.95 * middle and not in_lessons.sampled():
        return wrong(f"It is {error:.1f} degrees off; the mean place {middle:.1f}.", "Let it train longer.")
    of_fit = float(np.mean(np.abs(network.predict(x_fit, verbose=0) - y_fit)))
    if error < 0.7 * middle and error < 1.2 * of_fit and not in_lessons.sampled():
        return wrong(f"{error:.1f} degrees: too good.", "It has learned from the validation rows: fit(x_fit, y_fit).")
    return right(f"On the validation rows it is {error:.1f} degrees off; the mean place {middle:.1f}.")


@exercise(
    "10.6",
    "Two outputs, two errors",
    baseline="zero, which the mean has.",
    hints=(
        "Squared errors of shape (rows, 2), mean over the rows: axis=0. Twice: for the network and for the mean.",
        "1 - ((y_test - said) ** 2).mean(axis=0) / ((y_test - y_train.mean(axis=0)) ** 2).mean(axis=0)",
    ),
    mistakes=(
        Mistake("one number", pieces_of_music.share("1 - ours.mean() / theirs.mean()"), "two numbers"),
        Mistake("what is left", pieces_of_music.share("ours.mean(axis=0) / theirs.mean(axis=0)"), "left over"),
        Mistake("not squared", pieces_of_music.share(
            "1 - np.sqrt(ours).mean(axis=0) / np.sqrt(theirs).mean(axis=0)"), "each error before"),
    ),
)  # fmt: skip
def two_errors(explained, network, x_test, y_test, y_train):
    """Judge the share of the squared error that a network takes away, per output."""
    ours = (y_test - network.predict(x_test, verbose=0)) ** 2
    theirs = (y_test - y_train.mean(axis=0)) ** 2
    said, expected = np.asarray(explained), 1 - ours.mean(axis=0) / theirs.mean(axis=0)
    if said.shape != (2,):
        return wrong(f"The shape is {said.shape}.", "Expected two numbers, (2,): the mean over the rows is axis=0.")
    by_test = 1 - ours.mean(axis=0) / y_test.var(axis=0)
    if np.allclose(said, by_test, atol=1e-7) and not np.allclose(said, expected, atol=1e-7):
        return wrong(
            "That is beside the mean of the test rows.", "Nobody knows that one beforehand: y_train.mean(axis=0)."
        )
    if np.allclose(said, expected, atol=0.005):
        return right(f"Latitude {said[0]:.2f}, longitude {said[1]:.2f}: they are not known equally well.")
    if np.allclose(said, 1 - expected, atol=0.005):
        return wrong("That is the share that is left over.", "One minus it.")
    if np.allclose(said, 1 - np.sqrt(ours).mean(axis=0) / np.sqrt(theirs).mean(axis=0), atol=0.005):
        return wrong("These are shares of plain distances.", "Square each error before the mean.")
    return wrong(f"{np.round(said, 3).tolist()} is not it.", two_errors.hints[1])
