"""What a compiled model's losses say of labels and outputs: class numbers, logits or probabilities.

Runs on: driver.
"""

import math

import keras

from sparkeras.engine.blueprint import losses
from sparkeras.engine.blueprint.outputs import output_names, outputs_of
from sparkeras.errors import InvalidModelError, InvalidParamError


def output_kind(model):
    """Tell what the last layer gives a classifier: ``"logits"`` or ``"probabilities"``.

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


def classifies(model):
    """Tell what a classifier's one output says, as ``columns.outputs.Heads`` names it.

    ``"labels"`` or ``"label logits"`` where several classes may apply at once: a binary loss over several units that do
    not share one softmax; else as ``output_kind``.
    """
    kind, units = output_kind(model), _units(model)
    softmax = getattr(model.layers[-1], "activation", None) is keras.activations.softmax if model.layers else False
    if not softmax and units and units[0] > 1 and losses.own_name(losses_of(model)[0]) in losses.BINARY:
        return "labels" if kind == "probabilities" else "label logits"
    return kind


def require_class_arrays(model, words):
    """Raise InvalidModelError when a loss wants one class number per row, which ``words`` name an array for."""
    loss = losses_of(model)[0]
    if losses.own_name(loss) in losses.CLASS_NUMBERS:
        raise InvalidModelError(
            f"The loss {losses.name(loss)!r} wants one class number per row, and {words} holds arrays. Compile with "
            "'categorical_crossentropy' for one-hot labels, 'binary_crossentropy' where several classes may apply."
        )


def require_class_numbers(targets):
    """Raise InvalidModelError when a loss wants one-hot labels, which one column of class numbers is not.

    Parameters
    ----------
    targets : list of targets.Target
    """
    for target in targets:
        if target.is_number and losses.own_name(target.loss) in {*losses.ONE_HOT, "categorical_hinge"}:
            raise InvalidModelError(
                f"The loss {losses.name(target.loss)!r} wants one-hot labels and the label column holds class numbers. "
                f"Compile with 'sparse_categorical_crossentropy' instead."
            )


def require_labels(model):
    """Raise InvalidModelError when a model that is trained without labels was compiled with a loss that compares them.

    A ``train_step`` or ``compute_loss`` of the model's own may give the loss something else to compare.
    """
    if not has_own_step(model) and any(loss is not None for loss in losses_of(model)):
        raise InvalidModelError(
            "The model was compiled with a loss, which compares predictions with labels, and label=None gives it none. "
            "Name the label column, or compile without a loss for a model that adds its own."
        )


def has_own_step(model):
    """Tell whether a model has a ``train_step`` or a ``compute_loss`` of its own."""
    kind = type(model)
    return kind.train_step is not keras.Model.train_step or kind.compute_loss is not keras.Model.compute_loss


def require_wide_labels(model, targets):
    """Raise InvalidModelError when a loss compares number by number, and an output is wider than its label.

    Parameters
    ----------
    model : keras.Model
    targets : list of targets.Target
    """
    for loss, output, is_number in [] if has_own_step(model) else [each[1:] for each in targets]:
        count = math.prod(axis or 2 for axis in output[1:]) if output else 1
        if is_number and count > 1 and losses.own_name(loss) in losses.COMPARES_EACH | losses.BINARY:
            raise InvalidModelError(
                f"The loss {losses.name(loss)!r} compares number by number: the model gives "
                f"{count if None not in output[1:] else output[1:]} per row, and the label column holds one. End the "
                "model with Dense(1), or give labels as arrays."
            )


def require_regression(model):
    """Raise InvalidModelError for a model whose loss is a classifier's, or whose output is no row of numbers."""
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


def require_known_classes(class_weight, counts):
    """Raise InvalidParamError when ``class_weight`` names a class that no label can be.

    Parameters
    ----------
    class_weight : dict or None
    counts : iterable of int
        Classes of each label, where the loss says it; of ``label_rules.class_counts``.
    """
    for count in counts:
        unknown = [name for name in class_weight or () if isinstance(name, int) and not 0 <= name < count]
        if unknown:
            raise InvalidParamError(f"Class weights name class {unknown[0]}; the model's classes are 0 to {count - 1}.")


def require_a_class_per_row(class_weight, targets, shapes):
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


def require_probabilities(model):
    """Raise InvalidModelError for a classifier whose last layer is linear and whose loss takes that for no logits."""
    last = model.layers[-1] if model.layers else None
    if output_kind(model) == "probabilities" and getattr(last, "activation", None) is keras.activations.linear:
        loss = losses.name(losses_of(model)[0])
        raise InvalidModelError(
            f"The last layer {last.name!r} is linear and the loss {loss!r} does not read it "
            "as logits, so the model gives no probabilities. End it with softmax (or sigmoid for one unit), or take a "
            "crossentropy with from_logits=True."
        )


def require_reductions(model):
    """Raise InvalidModelError for a loss that is not reduced to one number."""
    for loss in losses_of(model):
        if isinstance(loss, keras.losses.Loss) and loss.reduction in (None, "none"):
            raise InvalidModelError(
                f"The loss {loss.name!r} has reduction={loss.reduction!r} and gives a number per row, which no "
                "optimizer takes. Use 'sum_over_batch_size', 'sum' or 'mean_with_sample_weight'."
            )


def losses_of(model):
    """Return the loss of each of a model's outputs, None for one without."""
    return losses.of(model, output_names(model) if isinstance(model.loss, dict) else ())


def _units(model):
    return [output.shape[-1] for output in outputs_of(model).values()]
