"""How an old model was compiled: loss, optimizer and metrics, where Keras 3 has the same.

Runs on: driver.
"""

import inspect

import keras

LOSSES = {
    name: name
    for name in (
        *("mean_squared_error", "mean_absolute_error", "mean_absolute_percentage_error"),
        *("mean_squared_logarithmic_error", "squared_hinge", "hinge", "categorical_hinge", "poisson"),
        *("categorical_crossentropy", "sparse_categorical_crossentropy", "binary_crossentropy"),
        *("mse", "mae", "mape", "msle"),
    )
} | {"logcosh": "log_cosh", "kullback_leibler_divergence": "kl_divergence", "kld": "kl_divergence"}
METRICS = LOSSES | {
    name: name
    for name in (
        *("accuracy", "binary_accuracy", "categorical_accuracy", "sparse_categorical_accuracy"),
        *("top_k_categorical_accuracy", "sparse_top_k_categorical_accuracy"),
    )
}
METRICS |= {"acc": "accuracy"}
OPTIMIZERS = ("SGD", "RMSprop", "Adam", "Adagrad", "Adadelta", "Adamax", "Nadam", "Ftrl", "AdamW", "Lion", "Adafactor")


class _Untranslated(Exception):
    """Something that is not plain."""


def compile_as(model, training, custom_objects):
    """Compile a model as its old file says.

    Parameters
    ----------
    model : keras.Model
    training : dict
        The file's ``training_config``.
    custom_objects : dict
        May hold losses and metrics by name.

    Returns
    -------
    str or None
        What the user should hear: why the model is not compiled, or what it lacks.
    """
    try:
        optimizer = _optimizer(training.get("optimizer_config") or {})
        loss = _mapped(training.get("loss"), lambda value: _loss(value, custom_objects))
    except (_Untranslated, ValueError, TypeError, AttributeError, KeyError) as error:
        return f"The model is not compiled: {error}. Compile it before you train it on."
    missing = []
    metrics, weighted = (
        _metrics(training.get(key), missing, len(model.outputs)) or None for key in ("metrics", "weighted_metrics")
    )
    try:
        model.compile(
            optimizer, loss, metrics=metrics, weighted_metrics=weighted, loss_weights=training.get("loss_weights")
        )
        # With its variables made, the saved model opens without a word on variables that are missing.
        optimizer.build(model.trainable_variables)
    except (ValueError, TypeError) as error:
        return f"The model is not compiled: {' '.join(str(error).split())[:200]} Compile it before you train it on."
    lacking = f"; without the metrics {', '.join(missing)}" if missing else ""
    return f"Compiled as it was, its optimizer starts anew{lacking}."


def _optimizer(said):
    said = {"class_name": said} if isinstance(said, str) else said
    name = said.get("class_name", said.get("name"))
    # TensorFlow 2.11 to 2.15 registered its own optimizers as if they were the user's.
    found = {each.lower(): each for each in OPTIMIZERS}.get(str(name).lower().removeprefix("custom>"))
    if found is None:
        raise _Untranslated(f"the optimizer {name!r} is unknown")
    config = dict(said.get("config") or {})
    rate = config.pop("lr", config.pop("learning_rate", None))
    if isinstance(rate, dict):
        rate = keras.optimizers.schedules.deserialize({key: rate[key] for key in ("class_name", "config")})
    decay = config.pop("decay", 0)
    if decay and isinstance(rate, int | float):
        rate = keras.optimizers.schedules.InverseTimeDecay(rate, decay_steps=1, decay_rate=decay)
    cls = getattr(keras.optimizers, found)
    known = inspect.signature(cls.__init__).parameters
    kept = {key: value for key, value in config.items() if key in known and value is not None and key != "name"}
    return cls(**({} if rate is None else {"learning_rate": rate}), **kept)


def _loss(said, custom_objects):
    if isinstance(said, dict) and said.get("class_name") == "function":
        said = said.get("config")
    if isinstance(said, dict):
        config = dict(said.get("config") or {})
        cls = getattr(keras.losses, str(said.get("class_name")), None)
        if not inspect.isclass(cls):
            raise _Untranslated(f"the loss {said.get('class_name')!r} is unknown")
        known = inspect.signature(cls.__init__).parameters
        kept = {key: value for key, value in config.items() if key in known and key not in ("dtype", "fn")}
        if kept.get("reduction") not in ("sum", "none"):  # 'auto' was the mean over the rows, as the default is
            kept.pop("reduction", None)
        return cls(**kept)
    if said in custom_objects:
        return custom_objects[said]
    if said not in LOSSES:
        raise _Untranslated("it had no loss" if said is None else f"the loss {said!r} is unknown")
    return LOSSES[said]


def _mapped(value, change):
    if isinstance(value, dict) and "class_name" not in value:
        return {key: change(item) for key, item in value.items()}
    return [change(item) for item in value] if isinstance(value, list) else change(value)


def _metrics(said, missing, outputs):
    """Return metrics as Keras 3 takes them: a list, or one per output; unknown ones go to ``missing``."""
    if isinstance(said, dict):
        return {key: _metrics(value, missing, 1) for key, value in said.items()}
    said = said if isinstance(said, list) else [] if said is None else [said]
    if said and all(isinstance(each, list) for each in said):
        each = [_metrics(inner, missing, 1) for inner in said]
        return each if outputs > 1 else [metric for inner in each for metric in inner]
    return [name for name in (_metric(each, missing) for each in said) if name]


def _metric(said, missing):
    name = said.get("config", {}) if isinstance(said, dict) else said
    if isinstance(name, dict):
        name = name.get("fn") if isinstance(name.get("fn"), str) else name.get("name")
    if name not in METRICS:
        missing.append(str(name))
    return METRICS.get(name)
