"""Wrong answers that learners give in lesson 18."""

from sparkeras.course.exercise import Mistake

_COLUMNS = '"features": "pixels", "label": "digit", "epochs": epochs'


_PAIRS = "a, b = (np.concatenate([w.ravel() for w in model.get_weights()]) for model in (one, two))\n"


_PAIRS += "c = np.concatenate([w.ravel() for w in start])\n"


def _digit(column):
    """Return an answer to 18.5 with another column."""
    return f'predicted = scored.withColumn("predicted_digit", {column})'


def _network(units="units", rate="rate", log=", log=True", end="return model"):
    """Return an answer to 18.6 with other units, rate, scale or end."""
    return (
        f'units = trial.suggest_int("units", 8, 128, log=True)\nrate = trial.suggest_float("rate", 1e-4, 1e-1{log})\n'
        f'layers = [keras.layers.Dense({units}, activation="relu"), keras.layers.Dense(10, activation="softmax")]\n'
        "model = keras.Sequential([keras.Input((64,)), *layers])\n"
        f'model.compile(keras.optimizers.Adam({rate}), "sparse_categorical_crossentropy", metrics=["accuracy"])\n{end}'
    )


MISTAKES = {
    "18.1": (
        Mistake(
            "half a batch each",
            f'settings = {{{_COLUMNS}, "batch_size": rows // 2, "num_workers": 2}}',
            "both workers together",
        ),
        Mistake(
            "the default names",
            'settings = {"epochs": epochs, "batch_size": rows, "num_workers": 2}',
            "Which columns",
        ),
        Mistake("one worker", f'settings = {{{_COLUMNS}, "batch_size": rows}}', "By default"),
        Mistake("Keras' own name", f'settings = {{{_COLUMNS}, "batch_size": rows, "workers": 2}}', "no setting"),
    ),
    "18.2": (
        Mistake("mean", _PAIRS + "difference, moved = np.abs(a - b).mean(), np.abs(a - c).mean()", "the mean"),
        Mistake("sum", _PAIRS + "difference, moved = np.abs(a - b).sum(), np.abs(a - c).sum()", "sum of all"),
        Mistake("from zero", _PAIRS + "difference, moved = np.abs(a - b).max(), np.abs(a).max()", "zero"),
        Mistake("swapped", _PAIRS + "moved, difference = np.abs(a - b).max(), np.abs(a - c).max()", "exchanged"),
    ),
    "18.3": (
        Mistake("retries alone", 'recovery = {"max_retries": 2}', "first epoch"),
        Mistake("a checkpoint alone", 'recovery = {"checkpoint_dir": checkpoints}', "nothing starts"),
        Mistake("one retry", 'recovery = {"checkpoint_dir": checkpoints, "max_retries": 1}', "second death"),
    ),
    "18.4": (
        Mistake(
            "computing is not shared",
            "return compute + 2 * (workers - 1) * (alpha + size * beta / workers)",
            "only its share",
        ),
        Mistake(
            "messages of a ring of all",
            "return compute / workers + 2 * workers * alpha + 2 * (workers - 1) / workers * size * beta",
            "alone sends",
        ),
        Mistake(
            "all bytes in each message",
            "return compute / workers + 2 * (workers - 1) * (alpha + size * beta)",
            "a part of the bytes",
        ),
        Mistake(
            "bytes made bytes again",
            "return compute / workers + 2 * (workers - 1) * alpha + 2 * (workers - 1) / workers * 4 * size * beta",
            "bytes already",
        ),
        Mistake("messages for free", "return compute / workers + 2 * (workers - 1) / workers * size * beta", "latency"),
    ),
    "18.5": (
        Mistake(
            "counted from one",
            _digit('F.array_position("prediction", F.array_max("prediction"))'),
            "one too much",
        ),
        Mistake("how sure", _digit('F.array_max("prediction")'), "how sure"),
        Mistake(
            "the smallest",
            _digit('F.array_position("prediction", F.array_min("prediction")) - 1'),
            "least likely",
        ),
        Mistake("nothing added", "predicted = scored", "no column"),
    ),
    "18.6": (
        Mistake("fixed units", _network(units="32"), "however many units"),
        Mistake("no rate", _network(rate=""), "same learning rate"),
        Mistake("evenly", _network(log=""), "log=True"),
        Mistake("another name", _network().replace('"units"', '"n"'), "are called"),
        Mistake("no probabilities", _network().replace("softmax", "linear"), "not probabilities"),
    ),
}
