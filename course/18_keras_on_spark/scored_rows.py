"""The last exercises of lesson 18: digits of a scored table, and a model whose values a trial chooses.

Runs on: driver.
"""

import numpy as np

from sparkeras.course.checks import images
from sparkeras.course.exercise import Mistake, exercise, right, wrong


@exercise(
    "18.5",
    "Which digit",
    baseline="the commonest digit each time, right for about one in ten.",
    hints=(
        "The place of the largest: F.array_position(column, F.array_max(column)).",
        'Places count from 1, digits from 0: F.array_position("prediction", F.array_max("prediction")) - 1.',
    ),
    mistakes=(
        Mistake(
            "counted from one",
            'said = scored.withColumn("said", F.array_position("prediction", F.array_max("prediction")))',
            "one too much",
        ),
        Mistake("how sure", 'said = scored.withColumn("said", F.array_max("prediction"))', "how sure"),
        Mistake(
            "the smallest",
            'said = scored.withColumn("said", F.array_position("prediction", F.array_min("prediction")) - 1)',
            "least likely",
        ),
        Mistake("nothing added", "said = scored", "no column"),
    ),
)
def which_digit(said, scored):
    """Judge a column of digits by the probabilities beside it."""
    if not hasattr(said, "columns") or not hasattr(said, "collect"):
        return wrong(f"said is of type {type(said).__name__}.", 'A DataFrame: scored.withColumn("said", ...).')
    if "said" not in said.columns or "prediction" not in said.columns:
        return wrong("There is no column 'said' beside 'prediction'.", 'scored.withColumn("said", ...)')
    rows = said.select("said", "prediction").collect()
    if len(rows) != scored.count():
        return wrong(f"There are {len(rows)} rows, not {scored.count()}.", "Add a column; keep all rows.")
    found = np.array([np.nan if row["said"] is None else float(row["said"]) for row in rows])
    chances = np.array([row["prediction"] for row in rows])
    if np.allclose(found, chances.argmax(axis=1)):
        return right("One expression of Spark's own, computed where the rows are.")
    if np.allclose(found, chances.argmax(axis=1) + 1):
        return wrong("Each digit is one too much.", "array_position counts from 1, and the first class is digit 0.")
    if np.allclose(found, chances.max(axis=1)):
        return wrong("That is how sure the model is.", "Not the largest number itself, but its place.")
    if np.allclose(found, chances.argmin(axis=1)):
        return wrong("That is the least likely digit.", "The place of the largest.")
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


def _network(units="units", rate="rate", log=", log=True", end="return model"):
    """Return an answer to 18.6 with other units, rate, scale or end."""
    return (
        f'units = trial.suggest_int("units", 8, 128, log=True)\nrate = trial.suggest_float("rate", 1e-4, 1e-1{log})\n'
        f'layers = [keras.layers.Dense({units}, activation="relu"), keras.layers.Dense(10, activation="softmax")]\n'
        "model = keras.Sequential([keras.Input((64,)), *layers])\n"
        f'model.compile(keras.optimizers.Adam({rate}), "sparse_categorical_crossentropy", metrics=["accuracy"])\n{end}'
    )


@exercise(
    "18.6",
    "What to search for",
    baseline="one model of fixed numbers, which no search can make better.",
    hints=(
        "First ask the trial for both values, then build and compile as always, then return the model.",
        'units = trial.suggest_int("units", 8, 128, log=True), and rate by suggest_float with its own name and limits.',
    ),
    mistakes=(
        Mistake("fixed units", _network(units="32"), "however many units"),
        Mistake("no rate", _network(rate=""), "same learning rate"),
        Mistake("evenly", _network(log=""), "log=True"),
        Mistake("another name", _network().replace('"units"', '"n"'), "are called"),
        Mistake("no probabilities", _network().replace("softmax", "linear"), "no probabilities"),
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
    said = _shape(small, large) or _compiled(small, large)
    if said:
        return said
    flat = [name for name, (low, high, log) in trials[0].asked.items() if high / low > 100 and not log]
    if flat:
        return wrong(f"Nine of ten values of {flat[0]!r} would be near its end.", "Ask with log=True.")
    return right("Two questions, one model. The search does the rest.")


def _shape(small, large):
    """Return what is wrong with the layers of a trial's smallest and largest model, or None."""
    if tuple(small.input_shape) != (None, 64) or tuple(small.output_shape) != (None, 10):
        return wrong(f"It goes from {small.input_shape} to {small.output_shape}.", "64 pixels in, 10 classes out.")
    if (small.count_params(), large.count_params()) != (8 * 65 + 90, 128 * 65 + 1290):
        if small.count_params() == large.count_params():
            return wrong("It is the same network however many units the trial says.", "Dense(units), not a number.")
        return wrong("The hidden layer has not 8 to 128 units.", "One hidden layer, Dense(units), then Dense(10).")
    return None


def _compiled(small, large):
    """Return what is wrong with answers, loss, optimizer or rates of these two, or None."""
    said = np.asarray(small(np.ones((1, 64), np.float32)))
    if not np.isclose(said.sum(), 1, atol=1e-3):
        return wrong("Its ten outputs are no probabilities.", 'The last layer: Dense(10, activation="softmax").')
    if not images.all_bend(small, "Dense", but_last=True):
        return wrong("The hidden layer has no activation.", 'Dense(units, activation="relu")')
    if "SparseCategoricalCrossentropy" not in images.name_of(small.loss):
        return wrong(
            f"Its loss is {images.name_of(small.loss)}.",
            '"sparse_categorical_crossentropy": labels are numbers 0 to 9.',
        )
    if images.name_of(small.optimizer) != "Adam":
        return wrong(f"Its optimizer is {images.name_of(small.optimizer)}.", "keras.optimizers.Adam(rate)")
    if "accuracy" not in small.evaluate(np.ones((2, 64)), np.zeros(2), verbose=0, return_dict=True):
        return wrong("It measures no accuracy, by which the search compares.", 'compile(..., metrics=["accuracy"])')
    rates = [float(each.optimizer.learning_rate) for each in (small, large)]
    if np.isclose(*rates):
        return wrong("Each trial has the same learning rate.", "Give the optimizer the trial's: Adam(rate).")
    if not np.allclose(rates, [1e-4, 1e-1], rtol=1e-3):
        return wrong(f"The rate goes from {rates[0]:g} to {rates[1]:g}.", "From 1e-4 to 1e-1.")
    return None
