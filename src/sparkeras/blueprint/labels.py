"""What a compiled model's losses say of labels and outputs: class numbers, logits or probabilities.

Runs on: driver. Imports: Keras (a door) and ``errors``.
"""

import keras

from sparkeras.errors import InvalidModelError, InvalidParamError

_COMPARES_EACH = {
    *("mse", "mae", "mape", "msle", "mean_squared_error", "mean_absolute_error", "huber", "log_cosh"),
    *("mean_absolute_percentage_error", "mean_squared_logarithmic_error"),
}


def label_limits(model, label_keys):
    """Return ``{label key: (low, high)}`` for labels that must be whole class numbers.

    Parameters
    ----------
    model : keras.Model
    label_keys : list of str
        The keys of label fields, in the order of the model's outputs.

    Notes
    -----
    A label outside makes no error in Keras: the loss becomes NaN on one backend and garbage on another.
    """
    limits = {}
    for key, loss, units in zip(label_keys, _losses(model), _units(model), strict=False):
        if "sparse_categorical" in _name(loss) and units:
            limits[key] = (0, units - 1)
        elif _name(loss) in ("binary_crossentropy", "binary_focal_crossentropy") and units == 1:
            limits[key] = (0, 1)
    return limits


def label_widths(model, label_keys):
    """Return ``{label key: numbers per row}`` for arrays of labels that a loss compares with the output, one by one.

    A loss of Keras would stretch a narrower one over a wider one without a word.
    """
    compare = {*_COMPARES_EACH, "categorical_crossentropy", "binary_crossentropy"}
    found = zip(label_keys, _losses(model), _units(model), strict=False)
    return {key: units for key, loss, units in found if units and _name(loss) in compare}


def class_limits(model):
    """Return the range of class numbers for the one label of a classifier, whatever its loss: (0, classes - 1).

    Raises
    ------
    InvalidModelError
        If the model has several outputs.
    """
    units = _units(model)
    if len(units) > 1:
        raise InvalidModelError(
            f"The model has {len(units)} outputs; a classifier has one. Use sparkeras.fit for several outputs."
        )
    return (0, max(units[0], 2) - 1) if units else None


def output_kind(model):
    """Tell what the last layer gives a classifier: ``"logits"`` or ``"probabilities"``.

    The loss decides by its ``from_logits``; for a loss of the user's own, the last layer's activation does.
    """
    loss = _losses(model)[0]
    config = loss.get_config() if isinstance(loss, keras.losses.Loss) else {}
    if "from_logits" in config:
        return "logits" if config["from_logits"] else "probabilities"
    if isinstance(loss, str) or _name(loss) in dir(keras.losses):
        return "probabilities"
    activation = getattr(model.layers[-1], "activation", None) if model.layers else None
    return "logits" if activation is keras.activations.linear else "probabilities"


def classifies(model):
    """Tell what a classifier's one output says, as ``columns.outputs.Heads`` names it.

    ``"labels"`` or ``"label logits"`` where several classes may apply at once: a binary loss over several units that do
    not share one softmax; else as ``output_kind``.
    """
    kind, units = output_kind(model), _units(model)
    softmax = getattr(model.layers[-1], "activation", None) is keras.activations.softmax if model.layers else False
    if not softmax and units and units[0] > 1 and _name(_losses(model)[0]).startswith("binary_"):
        return "labels" if kind == "probabilities" else "label logits"
    return kind


def require_class_arrays(model, words):
    """Raise InvalidModelError when a loss wants one class number per row, which ``words`` name an array for."""
    loss = _losses(model)[0]
    if "sparse_categorical" in _name(loss):
        raise InvalidModelError(
            f"The loss {_name(loss)!r} wants one class number per row, and {words} holds arrays. Compile with "
            "'categorical_crossentropy' for one-hot labels, 'binary_crossentropy' where several classes may apply."
        )


def require_class_numbers(model, are_numbers=(True,)):
    """Raise InvalidModelError when a loss wants one-hot labels, which one column of class numbers is not.

    Parameters
    ----------
    model : keras.Model
    are_numbers : iterable of bool
        For each output, whether its label is one number per row.
    """
    for loss, is_number in zip(_losses(model), are_numbers, strict=False):
        if is_number and _name(loss) in ("categorical_crossentropy", "categorical_focal_crossentropy"):
            raise InvalidModelError(
                f"The loss {_name(loss)!r} wants one-hot labels and the label column holds class numbers. "
                f"Compile with 'sparse_categorical_crossentropy' instead."
            )


def require_labels(model):
    """Raise InvalidModelError when a model that is trained without labels was compiled with a loss that compares them.

    A ``train_step`` or ``compute_loss`` of the model's own may give the loss something else to compare.
    """
    if not has_own_step(model) and any(loss is not None for loss in _losses(model)):
        raise InvalidModelError(
            "The model was compiled with a loss, which compares predictions with labels, and label=None gives it none. "
            "Name the label column, or compile without a loss for a model that adds its own."
        )


def has_own_step(model):
    """Tell whether a model has a ``train_step`` or a ``compute_loss`` of its own."""
    kind = type(model)
    return kind.train_step is not keras.Model.train_step or kind.compute_loss is not keras.Model.compute_loss


def require_wide_labels(model, are_numbers):
    """Raise InvalidModelError when a loss compares number by number, and an output is wider than its label.

    Parameters
    ----------
    model : keras.Model
    are_numbers : iterable of bool
        For each output, whether its label is one number per row.
    """
    for loss, units, is_number in zip(_losses(model), _units(model), are_numbers, strict=False):
        if is_number and _name(loss) in _COMPARES_EACH and units and units > 1:
            raise InvalidModelError(
                f"The loss {_name(loss)!r} compares number by number: the model gives {units} per row, and the label "
                "column holds one. End the model with Dense(1), or give labels as arrays."
            )


def require_regression(model):
    """Raise InvalidModelError for a model whose loss is a classifier's, or whose output is no row of numbers."""
    outputs = (getattr(model, "outputs", None) if model.built else None) or []
    if len(outputs) > 1:
        raise InvalidModelError(f"The model has {len(outputs)} outputs; a regression has one. Use KerasEstimator.")
    if outputs and len(outputs[0].shape) > 2:
        raise InvalidModelError(
            f"The model gives arrays of the shape {tuple(outputs[0].shape[1:])} per row; a regression gives numbers. "
            "End it with Flatten, or use KerasEstimator."
        )
    names = [_name(loss) for loss in _losses(model) if "crossentropy" in _name(loss)]
    if names:
        raise InvalidModelError(f"The loss {names[0]!r} is a classifier's. Use KerasClassifier, or KerasEstimator.")


def require_known_classes(class_weight, limits):
    """Raise InvalidParamError when ``class_weight`` names a class that no label can be.

    Parameters
    ----------
    class_weight : dict or None
    limits : dict
        Of ``label_limits``.
    """
    for low, high in limits.values():
        unknown = [name for name in class_weight or () if isinstance(name, int) and not low <= name <= high]
        if unknown:
            raise InvalidParamError(f"Class weights name class {unknown[0]}; the model's classes are {low} to {high}.")


def require_probabilities(model):
    """Raise InvalidModelError for a classifier whose last layer is linear and whose loss takes that for no logits."""
    last = model.layers[-1] if model.layers else None
    if output_kind(model) == "probabilities" and getattr(last, "activation", None) is keras.activations.linear:
        raise InvalidModelError(
            f"The last layer {last.name!r} is linear and the loss {_name(_losses(model)[0])!r} does not read it as "
            "logits, so the model gives no probabilities. End it with softmax (or sigmoid for one unit), or take a "
            "crossentropy with from_logits=True."
        )


def output_names(model):
    """Return the names of a model's outputs, in their order: the keys of a dict, else what Keras calls them."""
    outputs = getattr(model, "_outputs_struct", None)
    if isinstance(outputs, dict) and len(outputs) == len(model.outputs):
        return keras.tree.flatten({name: name for name in outputs})
    # A Sequential model has one output, which Keras calls by its last layer.
    return getattr(model, "output_names", None) or [layer.name for layer in model.layers[-1:]]


def require_reductions(model):
    """Raise InvalidModelError for a loss that is not reduced to one number."""
    for loss in _losses(model):
        if isinstance(loss, keras.losses.Loss) and loss.reduction in (None, "none"):
            raise InvalidModelError(
                f"The loss {_name(loss)!r} has reduction={loss.reduction!r} and gives a number per row, which no "
                "optimizer takes. Use 'sum_over_batch_size', 'sum' or 'mean_with_sample_weight'."
            )


def _losses(model):
    loss = model.loss
    if isinstance(loss, dict):
        return [loss.get(name) for name in output_names(model)]
    return list(loss) if isinstance(loss, list | tuple) else [loss]


def _units(model):
    outputs = getattr(model, "outputs", None) if model.built else None
    return [output.shape[-1] for output in outputs or []]


def _name(loss):
    if isinstance(loss, str):
        return _snake(loss)
    return _snake(getattr(loss, "name", None) or getattr(loss, "__name__", ""))


def _snake(name):
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in name).lstrip("_")
