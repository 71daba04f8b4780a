"""What the losses of a compiled model want of labels: bounds, class numbers, shares, the shape of a row.

Runs on: driver. Imports: Keras (a door, through ``losses``), ``label_limits``, ``errors``.
"""

from sparkeras.blueprint import losses
from sparkeras.blueprint.labels import has_own_step, losses_of
from sparkeras.errors import InvalidModelError
from sparkeras.label_limits import Limits

_FROM_0_TO_1 = Limits(0, 1, whole=False, cure="Map two classes to 0 and 1; divide grey values by 255.")
_SHARES = Limits(0, 1, whole=False, shares=True, cure="Give one-hot rows, or shares that sum to 1.")
_FROM_0 = Limits(0, whole=False, cure="Mend or filter the rows, or compile with 'mean_squared_error'.")
_SIGNS = Limits(-1, 1, cure="Map two classes to -1 and 1, or to 0 and 1.")
_LIMITS = {
    **dict.fromkeys(("binary_crossentropy", "binary_focal_crossentropy", "kl_divergence"), _FROM_0_TO_1),
    **dict.fromkeys(("dice", "tversky"), _FROM_0_TO_1),
    **dict.fromkeys(losses.ONE_HOT, _SHARES),
    "categorical_hinge": _SHARES._replace(low=-1, whole=True),
    **dict.fromkeys(("poisson", "mean_squared_logarithmic_error"), _FROM_0),
    **dict.fromkeys(("hinge", "squared_hinge"), _SIGNS),
}


def label_limits(model, label_keys, are_numbers=()):
    """Return ``{label key: Limits}`` for labels whose loss wants more than finite numbers.

    Parameters
    ----------
    model : keras.Model
    label_keys : list of str
        The keys of label fields, in the order of the model's outputs.
    are_numbers : iterable of bool
        For each output, whether its label is one number per row.

    Notes
    -----
    A label outside makes no error in Keras: the loss becomes NaN on one backend and garbage on another, or clips it.
    """
    limits = {}
    for key, name, loss, output in _outputs(model, label_keys, are_numbers):
        # A step of the model's own may change labels before a loss sees them; class numbers are looked at all the same.
        if name in losses.CLASS_NUMBERS or not has_own_step(model):
            limits[key] = _limits(name, loss, output)
    return {key: found for key, found in limits.items() if found}


def _limits(name, loss, output):
    """Return the Limits of the labels of one output, None where any finite number will do."""
    given = losses.settings(loss)
    axis = given.get("axis", -1)
    if name in losses.CLASS_NUMBERS or name == "ctc":
        ignored = given.get("ignore_class")
        classes = output[axis] if output else None
        return Limits(0, classes - 1, also=() if ignored is None else (ignored,)) if classes else None
    if name not in _LIMITS:
        return None
    limits = _LIMITS[name]._replace(whose=f"the loss {losses.name(loss)!r}")
    return limits._replace(axis=axis) if limits.shares else limits


def label_shapes(model, label_keys, are_numbers=()):
    """Return ``{label key: shape of one row}`` for labels that a loss compares with the output.

    Keras would stretch labels of another shape over the output without a word, or fail in the middle of a step. For a
    user-defined loss it adds no last axis to scalar labels, so ``y_true - y_pred`` would broadcast to (rows, rows).
    Parameters as in ``label_limits``.
    """
    if has_own_step(model):
        return {}
    shapes = {}
    for key, name, loss, output in _outputs(model, label_keys, are_numbers):
        if output and name in {*losses.COMPARES_EACH, *losses.BINARY, *losses.ONE_HOT, "categorical_hinge"}:
            shapes[key] = output[1:]
        elif output and name in losses.CLASS_NUMBERS:
            axis = losses.settings(loss).get("axis", -1) % len(output)
            shapes[key] = (*output[1:axis], *output[axis + 1 :])
        elif output and output[1:] == (1,) and dict(zip(label_keys, are_numbers, strict=False)).get(key):
            shapes[key] = (1,)
    return shapes


def class_counts(model, label_keys, are_numbers=()):
    """Return how many classes the label of each output tells apart, for losses that say it. Parameters as above."""
    counts = []
    for _, name, _, output in _outputs(model, label_keys, are_numbers):
        if output and output[-1] and name in losses.CLASS_NUMBERS | losses.ONE_HOT | losses.BINARY:
            counts.append(2 if output[-1] == 1 and name in losses.BINARY else output[-1])
    return counts


def _outputs(model, label_keys, are_numbers):
    """Yield for each output its label's key, the name of Keras' function behind its loss, the loss, and its shape."""
    shapes, known = losses.output_shapes(model, len(label_keys)), dict(zip(label_keys, are_numbers, strict=False))
    for key, loss, shape in zip(label_keys, losses_of(model), shapes, strict=False):
        yield key, _kind(loss, shape, known.get(key)), loss, shape


def _kind(loss, output, is_number):
    """Return the name of Keras' function behind a loss; for ``"crossentropy"`` the one that Keras will choose."""
    name = losses.own_name(loss)
    if name != "crossentropy" or not output:
        return name
    if output[-1] == 1:
        return "binary_crossentropy"
    if is_number:
        return "sparse_categorical_crossentropy"
    # Rows of numbers beside rows of units; deeper labels show it only when they are read.
    return "categorical_crossentropy" if len(output) == 2 else ""


def class_limits(model):
    """Return the Limits of class numbers for the one label of a classifier, whatever its loss; None where unknown.

    Raises
    ------
    InvalidModelError
        If the model has several outputs.
    """
    units = [shape[-1] for shape in losses.output_shapes(model, 0)]
    if len(units) > 1:
        raise InvalidModelError(
            f"The model has {len(units)} outputs; a classifier has one. Use sparkeras.fit for several outputs."
        )
    loss = losses_of(model)[0]
    if units and losses.own_name(loss) in losses.CLASS_NUMBERS:
        return _limits(losses.own_name(loss), loss, losses.output_shapes(model, 1)[0])
    return Limits(0, max(units[0], 2) - 1) if units else None
