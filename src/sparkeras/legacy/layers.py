"""One old layer as a layer of Keras 3.

Runs on: driver.
"""

from __future__ import annotations

from typing import NoReturn

import keras

from sparkeras.errors import InvalidModelError, SparkerasError
from sparkeras.legacy import cells
from sparkeras.legacy.arguments import translate
from sparkeras.legacy.layouts import STEEPER
from sparkeras.legacy.names import KINDS
from sparkeras.legacy.parts import BuildPart, Config, Part, Reading, refuse
from sparkeras.legacy.values import plain, policy

MERGE_MODES = {
    "sum": "Add",
    "mul": "Multiply",
    "concat": "Concatenate",
    "ave": "Average",
    "dot": "Dot",
    "max": "Maximum",
}


def build(entry: Config, reading: Reading, build_part: BuildPart) -> Part:
    """Build the layer of one entry of an old architecture.

    Parameters
    ----------
    entry : dict
        With ``class_name`` and ``config``, perhaps ``name``.
    reading : Reading
    build_part : callable
        Builds the layer or model inside of a wrapper: ``build_part(entry, reading)``.

    Raises
    ------
    InvalidModelError
        If Keras 3 has no such layer, or the file has it as code.
    """
    old_class, config = entry["class_name"], plain(entry.get("config") or {})
    name = entry.get("name") or config.get("name") or old_class.lower()
    try:
        part = (
            _of_the_user(name, old_class, config, reading, entry.get("registered_name"))
            or _wrapper(name, old_class, config, reading, build_part)
            or _plain_layer(name, old_class, config, reading)
        )
    except SparkerasError:  # of a part within, whose message is more exact
        raise
    except (TypeError, ValueError, KeyError, AttributeError, IndexError) as error:
        refuse(name, old_class, f"cannot be made in Keras 3: {' '.join(str(error).split())[:200]}")
    if config.get("trainable") is False:
        part.layer.trainable = False
    return part


def clean(name: str) -> str:
    """Return a name that Keras 3 takes: old ones could hold slashes."""
    return name.replace("/", "_")


def _of_the_user(
    name: str, old_class: str, config: Config, reading: Reading, registered: str | None = None
) -> Part | None:
    """Return the user's own layer: an instance under the layer's name, or of a class under its class's name."""
    own = reading.custom_objects.get(name)
    if isinstance(own, keras.layers.Layer):
        return Part(name, old_class, "custom", own)
    short = old_class.split(">")[-1]
    registered = registered or old_class  # a .keras file has both
    known = reading.custom_objects
    cls = known.get(old_class) or known.get(registered) or known.get(short)
    cls = cls or keras.saving.get_registered_object(registered)
    if cls is None:
        return None
    config = {key: value for key, value in config.items() if key != "batch_input_shape"}
    return Part(name, old_class, "custom", cls.from_config(config | {"dtype": policy(config.get("dtype"))}))


def _wrapper(name: str, old_class: str, config: Config, reading: Reading, build_part: BuildPart) -> Part | None:
    if old_class in cells.AROUND:
        return cells.around_cells(name, old_class, config, reading, build_part)
    if old_class not in ("TimeDistributed", "Bidirectional"):
        return None
    inner = build_part(config["layer"], reading)
    own = {"name": clean(name), "dtype": policy(config.get("dtype"))}
    if old_class == "TimeDistributed":
        return Part(name, old_class, old_class, keras.layers.TimeDistributed(inner.layer, **own), parts=[inner])
    back = build_part(config["backward_layer"], reading) if config.get("backward_layer") else inner
    layer = keras.layers.Bidirectional(
        inner.layer,
        merge_mode=config.get("merge_mode"),
        backward_layer=None if back is inner else back.layer,
        **own,
    )
    standalone = not (reading.version or "").endswith("-tf") and reading.number < (2, 4, 0)
    if standalone and layer.return_sequences and reading.masks:
        reading.note(f"Layer {name!r} (Bidirectional) gives zeros at masked steps, where it repeated the step before.")
    inside = [cells.copied(inner, layer.forward_layer), cells.copied(back, layer.backward_layer)]
    return Part(name, old_class, old_class, layer, parts=inside)


def _plain_layer(name: str, old_class: str, config: Config, reading: Reading) -> Part:
    if old_class == "Merge":
        kind, config = _merge(name, config)
    elif old_class in KINDS:
        kind = KINDS[old_class]
    else:
        _refuse_class(name, old_class)
    arguments = translate(kind, name, old_class, config, reading)
    reading.masks = reading.masks or kind == "Masking" or bool(arguments.get("mask_zero"))
    steep = frozenset(key for key in ("activation", "recurrent_activation") if arguments.get(key) == "hard_sigmoid")
    if kind == "Activation" and steep:
        return Part(name, old_class, kind, _old_hard_sigmoid(clean(name), arguments["dtype"]))
    if kind in ("LSTM", "LSTMCell", "ConvLSTM2D") and "activation" in steep:
        refuse(name, old_class, "has the activation 'hard_sigmoid', whose old form this layer cannot have in Keras 3.")
    layer = getattr(keras.layers, kind)(name=clean(name), **arguments)
    shape = config.get("output_shape") if kind == "Conv2DTranspose" else None
    return Part(name, old_class, kind, layer, arguments, steep=steep, shape=shape and tuple(shape))


def _old_hard_sigmoid(name: str, dtype: str) -> keras.Sequential:
    """Return the old hard_sigmoid as layers that any Keras 3 opens."""
    steps = [keras.layers.Rescaling(STEEPER, dtype=dtype), keras.layers.Activation("hard_sigmoid", dtype=dtype)]
    return keras.Sequential(steps, name=name)


def _merge(name: str, config: Config) -> tuple[str, Config]:
    """Return class and arguments for the Merge of Keras 1, which was six layers in one."""
    mode = config.get("mode", "sum")
    if config.get("mode_type", "raw") != "raw" or not isinstance(mode, str):
        refuse(name, "Merge", "merges by a function, which the file holds as code that is never run." + _INSTEAD)
    if mode not in MERGE_MODES:
        refuse(name, "Merge", f"merges by {mode!r}, which no layer of Keras 3 does." + _INSTEAD)
    axes = {"concat": {"axis": config.get("concat_axis", -1)}, "dot": {"axes": config.get("dot_axes", -1)}}
    return MERGE_MODES[mode], axes.get(mode, {})


_INSTEAD = " Pass a layer of your own under its name: custom_objects={'NAME': layer}."


def _refuse_class(name: str, old_class: str) -> NoReturn:
    if old_class == "Lambda":
        why = "is a function, which the file holds as code that is never run." + _INSTEAD
    elif old_class in ("TFOpLambda", "SlicingOpLambda", "TensorFlowOpLayer"):
        why = "is an operation of TensorFlow, not a layer." + _INSTEAD
    elif hasattr(keras.layers, old_class):
        why = f"is a layer whose old files are not translated.{_INSTEAD}"
    else:
        why = f"is not a layer of Keras 3. Pass its class: custom_objects={{{old_class!r}: CLASS}}."
    raise InvalidModelError(f"Layer {name!r} ({old_class}) {why.replace('NAME', name)}")
