"""The demands of a model's losses on labels: bounds, class numbers, shares, the shape of a row.

Runs on: driver.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from sparkeras.engine.blueprint import losses
from sparkeras.engine.blueprint.labels import has_own_step
from sparkeras.engine.blueprint.outputs import outputs_of
from sparkeras.engine.blueprint.targets import Target, targets_of
from sparkeras.engine.columns.label_limits import Limits
from sparkeras.errors import InvalidModelError

if TYPE_CHECKING:
    import keras

Shape = tuple[int | None, ...]

_FROM_0_TO_1 = Limits(0, 1, whole=False, cure="Map two classes to 0 and 1; divide grey values by 255.")
_SHARES = Limits(0, 1, whole=False, shares=True, cure="Give one-hot rows, or shares that sum to 1.")
_FROM_0 = Limits(0, whole=False, cure="Mend or filter the rows, or compile with 'mean_squared_error'.")
# Keras reads a batch of zeros and ones as -1 and 1, and any other batch as it is.
_SIGNS = Limits(-1, 1, apart=(-1, 0), cure="Map two classes to -1 and 1, or to 0 and 1.")
_LIMITS = {
    **dict.fromkeys(("binary_crossentropy", "binary_focal_crossentropy"), _FROM_0_TO_1),
    **dict.fromkeys(("dice", "tversky"), _FROM_0_TO_1),
    **dict.fromkeys((*losses.ONE_HOT, "kl_divergence"), _SHARES),
    "categorical_hinge": _SHARES._replace(low=-1, whole=True),
    **dict.fromkeys(("poisson", "mean_squared_logarithmic_error"), _FROM_0),
    **dict.fromkeys(("hinge", "squared_hinge"), _SIGNS),
}


def label_limits(model: keras.Model, targets: Sequence[Target]) -> dict[str, Limits]:
    """Return ``{label key: Limits}`` for labels whose loss needs more than finite numbers.

    Parameters
    ----------
    model : keras.Model
    targets : list of targets.Target

    Notes
    -----
    Keras raises no error for a label outside: the loss becomes NaN on one backend, garbage on another, or is clipped.
    """
    limits = {}
    for each in targets:
        # A step of the model's own may change labels before a loss sees them; class numbers are checked all the same.
        if each.kind in losses.CLASS_NUMBERS or not has_own_step(model):
            limits[each.key] = _limits(each.kind, each.loss, each.shape)
    return {key: each for key, each in limits.items() if each}


def _limits(name: str, loss: Any, output: Shape | None) -> Limits | None:
    """Return the Limits of the labels of one output, None where any finite number will do."""
    arguments = losses.settings(loss)
    axis = arguments.get("axis", -1)
    if name in losses.CLASS_NUMBERS or name == "ctc":
        ignored = arguments.get("ignore_class")
        classes = output[axis] if output else None
        # The upper bound of a model that is not built yet is known in the training process only.
        return Limits(0, classes - 1 if classes else None, also=() if ignored is None else (ignored,))
    if name not in _LIMITS:
        return None
    limits = _LIMITS[name]._replace(whose=f"the loss {losses.name(loss)!r}")
    return limits._replace(axis=axis) if limits.shares else limits


def label_shapes(model: keras.Model, targets: Sequence[Target]) -> dict[str, Shape]:
    """Return ``{label key: shape of one row}`` for labels that a loss compares with the output.

    Keras would broadcast labels of another shape over the output silently, or fail in the middle of a step. For a
    user-defined loss it adds no last axis to scalar labels, so ``y_true - y_pred`` would broadcast to (rows, rows).
    Parameters as in ``label_limits``.
    """
    shapes: dict[str, Shape] = {}
    for each in [] if has_own_step(model) else targets:
        output, name = each.shape, each.kind
        if output and name in {*losses.COMPARES_EACH, *losses.BINARY, *losses.ONE_HOT, "categorical_hinge"}:
            shapes[each.key] = output[1:]
        elif output and name in losses.CLASS_NUMBERS:
            axis = losses.settings(each.loss).get("axis", -1) % len(output)
            shapes[each.key] = (*output[1:axis], *output[axis + 1 :])
        elif output and output[1:] == (1,) and each.is_number:
            shapes[each.key] = (1,)
    return shapes


def class_counts(targets: Iterable[Target]) -> list[int]:
    """Return the number of classes of each label whose loss implies one."""
    counts = []
    for each in targets:
        output, name = each.shape, each.kind
        if output and output[-1] and name in losses.CLASS_NUMBERS | losses.ONE_HOT | losses.BINARY:
            counts.append(2 if output[-1] == 1 and name in losses.BINARY else output[-1])
    return counts


def class_limits(model: keras.Model) -> Limits | None:
    """Return the Limits of class numbers for the one label of a classifier, whatever its loss; None where unknown.

    Raises
    ------
    InvalidModelError
        If the model has several outputs.
    """
    count = len(outputs_of(model))
    if count > 1:
        raise InvalidModelError(
            f"The model has {count} outputs; a classifier has one. Use sparkeras.fit for several outputs."
        )
    (label,) = targets_of(model, ["label"], [True])
    if label.shape and label.kind in losses.CLASS_NUMBERS:
        return _limits(label.kind, label.loss, label.shape)
    return Limits(0, max(label.shape[-1], 2) - 1) if label.shape and label.shape[-1] else None
