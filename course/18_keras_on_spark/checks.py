"""Lesson 18: one model on several workers, deaths and checkpoints, and when more workers pay.

Runs on: driver.
"""

import inspect

import numpy as np

from sparkeras.course import networks
from sparkeras.course.exercise import exercise, right, wrong


def _unknown(settings):
    """Return the first name that ``sparkeras.fit`` has no setting of, or None."""
    import sparkeras

    known = inspect.signature(sparkeras.fit).parameters
    return next((name for name in settings if name not in known), None)


@exercise(
    "18.1",
    "Two workers",
    baseline="one worker: each update must be the same.",
    hints=(
        "The same dict as the call above has, and num_workers.",
        'batch_size counts the rows of one update, over all workers: rows. The columns are "pixels" and "digit".',
    ),
)
def two_workers(settings, rows, epochs):
    """Judge the settings of a training with two workers."""
    if not isinstance(settings, dict):
        return wrong(f"settings is of type {type(settings).__name__}.", 'A dict: {"features": ..., "label": ..., ...}.')
    unknown = _unknown(settings)
    if unknown:
        return wrong(f"sparkeras.fit has no setting {unknown!r}.", "The exercise names all five.")
    if "model" in settings or "df" in settings:
        return wrong("Model and DataFrame are passed separately.", "Only the five settings.")
    columns = settings.get("features", "features"), settings.get("label", "label")
    if columns not in (("pixels", "digit"), (["pixels"], "digit")):
        return wrong(
            f"It would look for the columns {columns[0]!r} and {columns[1]!r}.",
            "Which columns has train? See its schema.",
        )
    if settings.get("num_workers") != 2:
        return wrong("That is not a training with two workers.", "By default there is one: num_workers.")
    if settings.get("batch_size") == -(-rows // 2) or settings.get("batch_size") == rows // 2:
        return wrong("An update would see half of the rows.", "batch_size counts the rows of both workers together.")
    if settings.get("batch_size", 0) < rows:
        return wrong(f"An update must see all {rows:,} rows.", "batch_size=rows")
    if settings.get("epochs") != epochs:
        return wrong(f"It would train {settings.get('epochs', 1)} epoch(s).", "As many as above: epochs.")
    return right("Same rows per update, same rate, same number of updates: only the work is shared.")


def _distances(one, other):
    """Return the distances of all weights of two lists of arrays, in one array."""
    return np.concatenate([np.abs(a - b).ravel() for a, b in zip(one, other, strict=True)])


@exercise(
    "18.2",
    "The same weights?",
    baseline="how far the weights moved in training: about 1.",
    hints=(
        "Go through both lists at once: for a, b in zip(one.get_weights(), two.get_weights()).",
        "max(np.abs(a - b).max() for a, b in zip(one.get_weights(), two.get_weights())), then the same with start.",
    ),
)
def the_same_weights(difference, moved, one, two, start):
    """Judge the distance of two models, and how far training moved one."""
    apart = _distances(one.get_weights(), two.get_weights())
    way = _distances(one.get_weights(), start)
    if _near(difference, way.max()) and _near(moved, apart.max()):
        return wrong("They are exchanged.", "difference: one and two. moved: one and start.")
    for value, all_of_them in ((moved, way), (difference, apart)):
        if _near(value, all_of_them.mean()) and not _near(value, all_of_them.max()):
            return wrong(f"{value:.2g} is the mean.", "A mean hides one weight that is far off: take the largest.")
        if _near(value, all_of_them.sum()) and not _near(value, all_of_them.max()):
            return wrong(f"{value:.2g} is the sum of all.", "Take the largest of them: max.")
    if not _near(difference, apart.max()):
        return wrong(f"difference is not {difference:.3g}.", the_same_weights.hints[1])
    if _near(moved, max(np.abs(w).max() for w in one.get_weights())):
        return wrong("That is how far the weights are from zero.", "They did not start there: compare with start.")
    if not _near(moved, way.max()):
        return wrong(f"moved is not {moved:.3g}.", the_same_weights.hints[1])
    if difference > 1e-4:
        return wrong(f"{difference:.2g} is too much for rounding.", "Were both trained with the same settings?")
    return right(f"Weights moved by up to {moved:.2f}, and differ by {difference:.0e}: rounding.")


def _near(value, expected):
    return bool(np.isclose(value, expected, rtol=1e-3, atol=1e-12))


@exercise(
    "18.3",
    "Survive",
    baseline="no settings: the first death ends the training, and all epochs are lost.",
    hints=(
        "Two settings: one for where epochs are kept, one for how often to try again.",
        '{"checkpoint_dir": checkpoints, "max_retries": ...}',
    ),
)
def survive(recovery, checkpoints):
    """Judge the settings for a training that may lose machines."""
    if not isinstance(recovery, dict):
        return wrong(f"recovery is of type {type(recovery).__name__}.", survive.hints[1])
    unknown = _unknown(recovery)
    if unknown:
        return wrong(f"sparkeras.fit does not know {unknown!r}.", survive.hints[1])
    more = set(recovery) - {"checkpoint_dir", "max_retries"}
    if more:
        return wrong(f"{', '.join(sorted(more))} is not needed here.", survive.hints[0])
    if not recovery.get("checkpoint_dir"):
        return wrong("It would try again, from the first epoch each time.", "Where are finished epochs kept?")
    if str(recovery["checkpoint_dir"]) != str(checkpoints):
        return wrong("The checkpoints would be in another folder.", "Use the path checkpoints.")
    retries = recovery.get("max_retries", 0)
    if not isinstance(retries, int):
        return wrong(f"max_retries is of type {type(retries).__name__}.", "A whole number: how often to try again.")
    if not retries:
        return wrong("The epochs are kept, but nothing starts the training again.", "How often should it try again?")
    if retries < 2:
        return wrong("It would end at the second death.", "A retry for each death.")
    return right("Only the unfinished epoch is lost, and the time to start new processes.")


@exercise(
    "18.4",
    "Alpha and beta",
    baseline="compute / workers, as if an exchange were free.",
    hints=(
        "Three parts: the computing, which is shared; the messages; the bytes.",
        "compute / workers + 2 * (workers - 1) * alpha + 2 * (workers - 1) / workers * size * beta",
    ),
)
def alpha_and_beta(step_seconds):
    """Judge the formula of a step with several workers, part by part."""
    if step_seconds(4, 8.0, 1000, 0.5, 0.01) is None:
        return wrong("It returns nothing.", alpha_and_beta.hints[0])
    if not np.isclose(step_seconds(4, 8.0, 0, 0.0, 0.0), 2.0):
        return wrong(
            "With free messages, four workers should need 2 of 8 seconds.", "Each worker computes only its share."
        )
    if not np.isclose(step_seconds(1, 8.0, 1000, 0.5, 0.01), 8.0):
        return wrong("One worker takes longer than its computing.", "A worker alone sends nothing: workers - 1.")
    messages = step_seconds(4, 0.0, 0, 0.5, 0.0)
    if np.isclose(messages, 0):
        return wrong("Messages cost nothing.", "Each has a latency: 2 * (workers - 1) * alpha.")
    if not np.isclose(messages, 3.0):
        return wrong(f"Six messages of half a second take 3 s, not {messages:g}.", "2 * (workers - 1) * alpha")
    size = step_seconds(5, 0.0, 1000, 0.0, 0.01)
    if np.isclose(size, 64):
        return wrong("That is four times too much.", "size is in bytes already.")
    if np.isclose(size, 80):
        return wrong("Each message carries all bytes.", "It carries a part of the bytes: divide by workers.")
    if not np.isclose(size, 16.0):
        return wrong(f"1,000 bytes of 10 ms each take 16 s, not {size:g}.", "2 * (workers - 1) / workers * size * beta")
    return right("Computing shrinks with N, messages grow with it: so there is a best N.")


@exercise(
    "18.5",
    "Which digit",
    baseline="the commonest digit each time, right for about one in ten.",
    hints=(
        "The place of the largest: F.array_position(column, F.array_max(column)).",
        'Places count from 1, digits from 0: F.array_position("prediction", F.array_max("prediction")) - 1.',
    ),
)
def which_digit(predicted, scored):
    """Judge a column of digits by the probabilities beside it."""
    if not hasattr(predicted, "columns") or not hasattr(predicted, "collect"):
        return wrong(
            f"predicted is of type {type(predicted).__name__}.",
            'A DataFrame: scored.withColumn("predicted_digit", ...).',
        )
    if "predicted_digit" not in predicted.columns or "prediction" not in predicted.columns:
        return wrong(
            "There is no column 'predicted_digit' beside 'prediction'.", 'scored.withColumn("predicted_digit", ...)'
        )
    rows = predicted.select("predicted_digit", "prediction").collect()
    if len(rows) != scored.count():
        return wrong(f"There are {len(rows)} rows, not {scored.count()}.", "Add a column; keep all rows.")
    digits = [row["predicted_digit"] for row in rows]
    found = np.array([np.nan if digit is None else float(digit) for digit in digits])
    chances = np.array([row["prediction"] for row in rows])
    if np.allclose(found, chances.argmax(axis=1)):
        return right("Spark computes this expression where the rows are.")
    if np.allclose(found, chances.argmax(axis=1) + 1):
        return wrong("Each digit is one too much.", "array_position counts from 1, and the first class is digit 0.")
    if np.allclose(found, chances.max(axis=1)):
        return wrong("That is how sure the model is.", "Take the place of the largest number, not the number itself.")
    if np.allclose(found, chances.argmin(axis=1)):
        return wrong("That is the least likely digit.", "Take the place of the largest.")
    return wrong(f"{np.mean(found == chances.argmax(axis=1)):.0%} of the rows are right.", which_digit.hints[1])


class _Trial:
    """Answers as Optuna's trials do, from the lower or the upper end, and notes what it was asked for."""

    def __init__(self, upper):
        self.upper, self.asked = upper, {}

    def suggest_int(self, name, low, high, *, step=1, log=False):
        return self._answer(name, low, high, log)

    def suggest_float(self, name, low, high, *, step=None, log=False):
        return self._answer(name, low, high, log)

    def suggest_categorical(self, name, choices):
        return self._answer(name, choices[0], choices[-1], True)

    def _answer(self, name, low, high, log):
        self.asked[name] = low, high, log
        return high if self.upper else low


@exercise(
    "18.6",
    "What to search for",
    baseline="one model of fixed numbers, which no search can make better.",
    hints=(
        "First ask the trial for both values, then build and compile as always, then return the model.",
        'units = trial.suggest_int("units", 8, 128, log=True), and rate by suggest_float with its own name and limits.',
    ),
)
def what_to_search_for(build_trial):
    """Judge a function that builds a model for a trial."""
    trials = [_Trial(upper=False), _Trial(upper=True)]
    models = [build_trial(trial) for trial in trials]
    if None in models:
        return wrong("It returns nothing.", what_to_search_for.hints[0])
    model = models[0][0] if isinstance(models[0], tuple) else models[0]
    if not getattr(model, "compiled", False):
        return wrong("The model is not compiled.", "model.compile(keras.optimizers.Adam(rate), ...)")
    if not trials[0].asked:
        return wrong("It asks the trial for no value.", what_to_search_for.hints[0])
    if set(trials[0].asked) != {"units", "rate"}:
        return wrong(f"It asks for {', '.join(trials[0].asked)}.", "The two values are called units and rate.")
    small, large = (each[0] if isinstance(each, tuple) else each for each in models)
    fault = _shape(small, large) or _compiled(small, large)
    if fault:
        return fault
    flat = [name for name, (low, high, log) in trials[0].asked.items() if high / low > 100 and not log]
    if flat:
        return wrong(f"Nine of ten values of {flat[0]!r} would be near its upper limit.", "Ask with log=True.")
    return right("The trial chooses two values for one model. The search does the rest.")


def _shape(small, large):
    """Return what is wrong with the layers of a trial's smallest and largest model, or None."""
    if tuple(small.input_shape) != (None, 64) or tuple(small.output_shape) != (None, 10):
        return wrong(
            f"Its input shape is {small.input_shape}, its output shape {small.output_shape}.",
            "64 pixels in, 10 classes out.",
        )
    if (small.count_params(), large.count_params()) != (8 * 65 + 90, 128 * 65 + 1290):
        if small.count_params() == large.count_params():
            return wrong("It is the same network however many units the trial chooses.", "Dense(units), not a number.")
        return wrong(
            "The hidden layer does not have 8 to 128 units.", "One hidden layer, Dense(units), then Dense(10)."
        )
    return None


def _compiled(small, large):
    """Return what is wrong with outputs, loss, optimizer or rates of these two, or None."""
    predicted = np.asarray(small(np.ones((1, 64), np.float32)))
    if not np.isclose(predicted.sum(), 1, atol=1e-3):
        return wrong("Its ten outputs are not probabilities.", 'The last layer: Dense(10, activation="softmax").')
    if not networks.all_bend(small, "Dense", but_last=True):
        return wrong("The hidden layer has no activation.", 'Dense(units, activation="relu")')
    if "SparseCategoricalCrossentropy" not in networks.name_of(small.loss):
        return wrong(
            f"Its loss is {networks.name_of(small.loss)}.",
            '"sparse_categorical_crossentropy": labels are numbers 0 to 9.',
        )
    if networks.name_of(small.optimizer) != "Adam":
        return wrong(f"Its optimizer is {networks.name_of(small.optimizer)}.", "keras.optimizers.Adam(rate)")
    if "accuracy" not in small.evaluate(np.ones((2, 64)), np.zeros(2), verbose=0, return_dict=True):
        return wrong(
            "It does not measure accuracy, by which the search compares.", 'compile(..., metrics=["accuracy"])'
        )
    rates = [float(each.optimizer.learning_rate) for each in (small, large)]
    if np.isclose(*rates):
        return wrong("Each trial has the same learning rate.", "Give the optimizer the trial's: Adam(rate).")
    if not np.allclose(rates, [1e-4, 1e-1], rtol=1e-3):
        return wrong(f"The rate goes from {rates[0]:g} to {rates[1]:g}.", "From 1e-4 to 1e-1.")
    return None
