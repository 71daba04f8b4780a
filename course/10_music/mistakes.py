"""Wrong answers that learners give in lesson 10."""

from sparkeras.course.exercise import Mistake

BY_TEST_ROWS = """stopping = keras.callbacks.EarlyStopping(patience=10, restore_best_weights=True)
network.fit(x_fit, y_fit, validation_data=(x_test, y_test), epochs=2, batch_size=32, callbacks=[stopping], verbose=0)"""


def circle(unit="np.radians", cosines="np.cos(lat_a) * np.cos(lat_b)", factor="2 * 6371"):
    """Return an answer to 10.1 with another part of the formula."""
    return f"""(lat_a, lon_a), (lat_b, lon_b) = {unit}(a).T, {unit}(b).T
h = np.sin((lat_b - lat_a) / 2) ** 2 + {cosines} * np.sin((lon_b - lon_a) / 2) ** 2
return {factor} * np.arcsin(np.sqrt(np.clip(h, 0, 1)))"""


def always(place):
    """Return an answer to 10.2 with another place."""
    return f"mean_km = plots.great_circle_km(y_test, np.broadcast_to({place}, y_test.shape)).mean()"


def network(rows="fit", last=None):
    """Return an answer to 10.3 with the numbers of other rows, or another last layer."""
    usual = f"keras.layers.Normalization(mean=y_{rows}.mean(axis=0), variance=y_{rows}.var(axis=0), invert=True)"
    return f"""made = keras.Sequential([
    keras.Input((x_fit.shape[1],)),
    keras.layers.Normalization(mean=x_{rows}.mean(axis=0), variance=x_{rows}.var(axis=0)),
    keras.layers.Dense(256, activation="relu"),
    keras.layers.Dense(2),
    {usual if last is None else last}
])
made.compile(optimizer="adam", loss="mae")
return made"""


def stop(result="epoch + 1, best + 1", again="0", against="losses[best]"):
    """Return an answer to 10.4 with another part."""
    return f"""best, waited = 0, 0
for epoch, loss in enumerate(losses):
    if epoch == 0 or loss < {against}:
        best, waited = epoch, {again}
    else:
        waited += 1
        if waited == patience:
            break
return {result}"""


def stopper(arguments):
    """Return an answer to 10.5 that makes an EarlyStopping and trains nothing."""
    return f"stopping = keras.callbacks.EarlyStopping({arguments})"


def share(formula):
    """Return an answer to 10.6 with another formula of the squared errors of the network and of the mean."""
    return f"""ours = (y_test - network.predict(x_test, verbose=0)) ** 2
theirs = (y_test - y_train.mean(axis=0)) ** 2
explained = {formula}"""


MISTAKES = {
    "10.1": (
        Mistake("degrees in the sine", circle(unit=""), "radians"),
        Mistake("Pythagoras", "return 111 * np.hypot(*(a - b).T)", "flat map"),
        Mistake("no cosines", circle(cosines="1"), "near the poles"),
        Mistake("half the way", circle(factor="6371"), "half"),
    ),
    "10.2": (
        Mistake("the test rows' mean place", always("y_test.mean(axis=0)"), "not know"),
        Mistake("one mean of both columns", always("y_train.mean()"), "axis=0"),
        Mistake("in degrees", "mean_km = np.hypot(*(y_test - y_train.mean(axis=0)).T).mean()", "degrees"),
        Mistake(
            "on the training rows",
            "mean_km = plots.great_circle_km(y_train, np.broadcast_to(y_train.mean(axis=0), y_train.shape)).mean()",
            "learned from",
        ),
    ),
    "10.3": (
        Mistake("labels not scaled", network(last=""), "still standardised"),
        Mistake("numbers of all rows", network(rows="train"), "validation rows, too"),
        Mistake(
            "one number for both columns",
            network(last="keras.layers.Normalization(mean=y_fit.mean(), variance=y_fit.var(), axis=None, invert=True)"),
            "column by itself",
        ),
        Mistake(
            "the way in at the way out",
            network(last="keras.layers.Normalization(mean=y_fit.mean(axis=0), variance=y_fit.var(axis=0))"),
            "invert",
        ),
    ),
    "10.4": (
        Mistake("from zero", stop(result="epoch, best"), "counted from 1"),
        Mistake("the best of all", "return len(losses), int(np.argmin(losses)) + 1", "cannot see"),
        Mistake("the count is never set back", stop(again="waited"), "in a row"),
        Mistake("compared with the epoch before", stop(against="losses[epoch - 1]"), "the best so far"),
    ),
    "10.5": (
        Mistake("by the training error", stopper('monitor="loss", restore_best_weights=True'), "keeps falling"),
        Mistake("the weights of the last epoch", stopper(""), "restore_best_weights"),
        Mistake("not trained", stopper("patience=10, restore_best_weights=True"), "has not seen"),
        Mistake("by the test rows", BY_TEST_ROWS, "other rows"),
    ),
    "10.6": (
        Mistake("one number", share("1 - ours.mean() / theirs.mean()"), "two numbers"),
        Mistake("what is left", share("ours.mean(axis=0) / theirs.mean(axis=0)"), "left over"),
        Mistake(
            "not squared", share("1 - np.sqrt(ours).mean(axis=0) / np.sqrt(theirs).mean(axis=0)"), "each error before"
        ),
    ),
}
