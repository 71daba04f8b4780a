"""Labels and outputs by a compiled model's losses: class numbers, logits or probabilities.

Runs on: driver.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import keras

from sparkeras.engine.blueprint import losses
from sparkeras.engine.blueprint.outputs import output_names, outputs_of
from sparkeras.errors import InvalidModelError, InvalidParamError

if TYPE_CHECKING:
    from sparkeras.engine.blueprint.targets import Target


def output_kind(model: keras.Model) -> str:
    """Return the kind of a classifier's output: ``"logits"`` or ``"probabilities"``.

    The loss decides by its ``from_logits``; for a loss of the user's own, the last layer's activation does.
    """
    loss = losses_of(model)[0]
    config = loss.get_config() if isinstance(loss, keras.losses.Loss) else {}
    if "from_logits" in config:
        return "logits" if config["from_logits"] else "probabilities"
    if isinstance(loss, str) or losses.name(loss) in dir(keras.losses):
        return "probabilities"
    activation = getattr(model.layers[-1], "activation", None) if model.layers else None
    return "logits" if activation is keras.activations.linear else "probabilities"


def classifies(model: keras.Model) -> str:
    """Return the kind of a classifier's one output, of ``columns.outputs.Heads``.

    ``"labels"`` or ``"label logits"`` where several classes may apply at once: a binary loss over several units that do
    not share one softmax; else as ``output_kind``.
    """
    kind, units = output_kind(model), _units(model)
    softmax = getattr(model.layers[-1], "activation", None) is keras.activations.softmax if model.layers else False
    if not softmax and units and (units[0] or 1) > 1 and losses.own_name(losses_of(model)[0]) in losses.BINARY:
        return "labels" if kind == "probabilities" else "label logits"
    return kind


def require_class_arrays(model: keras.Model, description: str) -> None:
    """Raise InvalidModelError for labels that are arrays, where the loss takes one class number per row.

    Parameters
    ----------
    model : keras.Model
    description : str
        Of the label column, for the error: ``"column 'label'"``.
    """
    loss = losses_of(model)[0]
    if losses.own_name(loss) in losses.CLASS_NUMBERS:
        raise InvalidModelError(
            f"The loss {losses.name(loss)!r} takes one class number per row, and {description} holds arrays. Compile "
            "with 'categorical_crossentropy' for one-hot labels, 'binary_crossentropy' where several classes may apply."
        )


def require_class_numbers(targets: Iterable[Target]) -> None:
    """Raise InvalidModelError for a column of class numbers, where the loss takes one-hot labels.

    Parameters
    ----------
    targets : list of targets.Target
    """
    for target in targets:
        if target.is_number and losses.own_name(target.loss) in {*losses.ONE_HOT, "categorical_hinge"}:
            raise InvalidModelError(
                f"The loss {losses.name(target.loss)!r} takes one-hot labels and the label column holds class numbers. "
                f"Compile with 'sparse_categorical_crossentropy' instead."
            )


def require_labels(model: keras.Model) -> None:
    """Raise InvalidModelError for a model with a loss that is trained without labels.

    A ``train_step`` or ``compute_loss`` of the model's own may give the loss other data to compare.
    """
    if not has_own_step(model) and any(loss is not None for loss in losses_of(model)):
        raise InvalidModelError(
            "The model was compiled with a loss, which compares predictions with labels, and label=None gives it none. "
            "Name the label column, or compile without a loss for a model that adds its own."
        )


def has_own_step(model: keras.Model) -> bool:
    """Tell whether a model's class overrides ``train_step`` or ``compute_loss``."""
    kind = type(model)
    return kind.train_step is not keras.Model.train_step or kind.compute_loss is not keras.Model.compute_loss


def require_wide_labels(model: keras.Model, targets: Sequence[Target]) -> None:
    """Raise InvalidModelError for an output that is wider than its label, where the loss compares number by number.

    Parameters
    ----------
    model : keras.Model
    targets : list of targets.Target
    """
    for each in [] if has_own_step(model) else targets:
        row = (each.shape or ())[1:]
        count = math.prod(axis or 2 for axis in row)
        if each.is_number and count > 1 and losses.own_name(each.loss) in losses.COMPARES_EACH | losses.BINARY:
            raise InvalidModelError(
                f"The loss {losses.name(each.loss)!r} compares number by number: the model gives "
                f"{count if None not in row else row} per row, and the label column holds one. End the "
                "model with Dense(1), or give labels as arrays."
            )


def require_regression(model: keras.Model) -> None:
    """Raise InvalidModelError for a classifier's loss, or an output with more than one axis per row."""
    outputs = list(outputs_of(model).values())
    if len(outputs) > 1:
        raise InvalidModelError(f"The model has {len(outputs)} outputs; a regression has one. Use KerasEstimator.")
    if outputs and len(outputs[0].shape) > 2:
        raise InvalidModelError(
            f"The model gives arrays of the shape {tuple(outputs[0].shape[1:])} per row; a regression gives numbers. "
            "End it with Flatten, or use KerasEstimator."
        )
    names = [losses.name(loss) for loss in losses_of(model) if "crossentropy" in losses.name(loss)]
    if names:
        raise InvalidModelError(f"The loss {names[0]!r} is a classifier's. Use KerasClassifier, or KerasEstimator.")


def require_known_classes(class_weight: Mapping[Any, float] | None, counts: Iterable[int]) -> None:
    """Raise InvalidParamError for a class weight of a class that the model does not have.

    Parameters
    ----------
    class_weight : dict or None
    counts : iterable of int
        Of ``label_rules.class_counts``.
    """
    for count in counts:
        unknown = [name for name in class_weight or () if isinstance(name, int) and not 0 <= name < count]
        if unknown:
            raise InvalidParamError(f"Class weights name class {unknown[0]}; the model's classes are 0 to {count - 1}.")


def require_a_class_per_row(
    class_weight: Mapping[Any, float] | None,
    targets: Iterable[Target],
    shapes: Mapping[str, tuple[int | None, ...]],
) -> None:
    """Raise InvalidParamError for class weights where a row holds the classes of several steps or pixels.

    Parameters
    ----------
    class_weight : dict or None
    targets : list of targets.Target
    shapes : dict of str to tuple
        Of ``label_rules.label_shapes``.
    """
    for each in targets if class_weight else ():
        most = 0 if each.kind in losses.CLASS_NUMBERS else 1
        if len(shapes.get(each.key) or ()) > most:
            raise InvalidParamError(
                f"Class weights weigh a row by its class, and each row's labels are {shapes[each.key]} classes here. "
                "Give each row a weight by a weight column, or weigh classes in a loss of your own."
            )


def require_probabilities(model: keras.Model) -> None:
    """Raise InvalidModelError for a classifier whose last layer is linear and whose loss has from_logits=False."""
    if not model.layers:
        return
    last = model.layers[-1]
    if output_kind(model) == "probabilities" and getattr(last, "activation", None) is keras.activations.linear:
        loss = losses.name(losses_of(model)[0])
        raise InvalidModelError(
            f"The last layer {last.name!r} is linear and the loss {loss!r} does not read it "
            "as logits, so the model gives no probabilities. End it with softmax (or sigmoid for one unit), or take a "
            "crossentropy with from_logits=True."
        )


def require_reductions(model: keras.Model) -> None:
    """Raise InvalidModelError for a loss that is not reduced to one number."""
    for loss in losses_of(model):
        if isinstance(loss, keras.losses.Loss) and loss.reduction in (None, "none"):
            raise InvalidModelError(
                f"The loss {loss.name!r} has reduction={loss.reduction!r} and gives a number per row, which no "
                "optimizer takes. Use 'sum_over_batch_size', 'sum' or 'mean_with_sample_weight'."
            )


def losses_of(model: keras.Model) -> list[Any]:
    """Return the loss of each of a model's outputs, None for one without."""
    return losses.of(model, output_names(model) if isinstance(model.loss, dict) else ())


def _units(model: keras.Model) -> list[int | None]:
    return [output.shape[-1] for output in outputs_of(model).values()]
