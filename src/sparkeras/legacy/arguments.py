"""The arguments of one old layer, as Keras 3 calls them.

Runs on: driver.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import keras

from sparkeras.legacy import values
from sparkeras.legacy.names import BY_KIND, COMMON, DROPPED, MISSING, ONLY, ONLY_MESSAGES
from sparkeras.legacy.parts import Config, Reading, refuse

PADDINGS = ("valid", "same", "causal")
DATA_FORMATS = {"th": "channels_first", "tf": "channels_last", "default": "channels_last", None: "channels_last"}


def translate(kind: str, name: str, old_class: str, config: Config, reading: Reading) -> Config:
    """Return the arguments for the constructor of the Keras 3 class ``kind``, without name and trainable.

    Raises
    ------
    InvalidModelError
        If an argument has no counterpart; it names layer, argument and value.
    """
    known = _parameters(kind)
    arguments: Config = {}
    for key, value in (MISSING.get(old_class, MISSING.get(kind, {})) | _sized(config)).items():
        key = BY_KIND.get(kind, {}).get(key, COMMON.get(key, key))
        if key in ONLY and not (key == "mode" and kind != "BatchNormalization"):
            if value not in ONLY[key]:
                message = ONLY_MESSAGES.get(key, "has {key}={value!r}, which Keras 3 does not support.")
                refuse(name, old_class, message.format(key=key, value=value))
        elif _is_dropped(key, kind, value, known):
            continue
        elif values.is_object(key) and key in known:
            arguments[key] = values.object_from(key, value, reading, name, old_class)
        elif not values.is_object(key):  # a depthwise layer also wrote the initializer of a whole kernel
            arguments[key] = _tuples(value)
    arguments = _ADAPTED.get(kind, dict)(arguments)
    if "data_format" in known:
        # Padding, cropping and enlarging layers of Keras 1 did not write it; set here, for keras.json may differ.
        missing = reading.dim_ordering if kind.endswith(("2D", "3D")) else None
        value = arguments.get("data_format", missing)
        arguments["data_format"] = DATA_FORMATS.get(value, value)
    _refuse_unknown(known, name, old_class, arguments)
    _refuse_other_numbers(kind, name, old_class, arguments, reading)
    return arguments | {"dtype": values.policy(config.get("dtype"))}


def _parameters(kind: str) -> set[str]:
    more = {"activity_regularizer"} | ({"zero_output_for_mask"} if kind in ("SimpleRNN", "LSTM", "GRU") else set())
    return set(inspect.signature(getattr(keras.layers, kind).__init__).parameters) | more


def _is_dropped(key: str, kind: str, value: Any, known: set[str]) -> bool:
    """Tell whether an argument is part of the input, or has no effect on predictions and no successor."""
    if key == "zero_output_for_mask":
        return not value or kind == "ConvLSTM2D"
    if key in DROPPED:
        return key != "output_shape" or key not in known
    gone = {"Embedding": ("dropout",), "ConvLSTM2D": ("unroll",)}.get(kind, ("input_dim",))
    if key == "groups":
        return value == 1
    return key in gone or (key == "noise_shape" and kind.startswith("Spatial"))


def _sized(config: Config) -> Config:
    """Return the config with the sides of a Keras 1 kernel as ``kernel_size``."""
    config = dict(config)
    sides = [("nb_row", "nb_col"), ("kernel_dim1", "kernel_dim2", "kernel_dim3")]
    for keys in sides:
        if keys[0] in config:
            config["kernel_size"] = [config.pop(key) for key in keys]
    config.pop("dtype", None)
    return config


def _tuples(value: Any) -> Any:
    return tuple(_tuples(item) for item in value) if isinstance(value, list) else value


def _refuse_unknown(known: set[str], name: str, old_class: str, arguments: Config) -> None:
    for key in arguments:
        if key not in known:
            refuse(
                name,
                old_class,
                f"has the argument {key!r}, which Keras 3 does not know; it is not a plain Keras layer.",
            )
    if arguments.get("padding") not in (None, *PADDINGS) and isinstance(arguments["padding"], str):
        refuse(name, old_class, f"has the padding {arguments['padding']!r}, which only Theano had.")


def _refuse_other_numbers(kind: str, name: str, old_class: str, arguments: Config, reading: Reading) -> None:
    """Refuse arguments for which Keras 3 computes other numbers; note those that some backends lack."""
    if kind == "Discretization" and arguments.get("bin_boundaries") is None:
        refuse(name, old_class, "learned its boundaries by adapt(), which Keras 3 does not read from old files.")
    if arguments.get("interpolation") not in (None, "bilinear", "nearest") and kind in ("Resizing", "UpSampling2D"):
        refuse(name, old_class, f"resizes by {arguments['interpolation']!r}, which Keras 3 computes otherwise.")
    if arguments.get("interpolation") == "bilinear" and reading.number < (2, 3, 0):
        refuse(name, old_class, "enlarges bilinearly with corners where TensorFlow 1 put them, which Keras 3 cannot.")
    if arguments.get("data_format") == "channels_first":
        reading.note("Images stay channels first, which JAX and torch compute everywhere, TensorFlow on GPUs only.")


def _batch_normalization(arguments: Config) -> Config:
    axis = arguments.get("axis", -1)
    return arguments | {"axis": axis[0] if isinstance(axis, tuple) and len(axis) == 1 else axis}


def _lstm(arguments: Config) -> Config:
    forget = arguments.pop("forget_bias_init", None)
    return arguments | ({} if forget is None else {"unit_forget_bias": forget in ("one", "ones")})


def _relu(arguments: Config) -> Config:
    if "theta" in arguments:
        arguments["threshold"] = arguments.pop("theta")
    return {key: value for key, value in arguments.items() if value is not None}


def _zero_padding(arguments: Config) -> Config:
    """Keras 1 took two sides, four, or a dict of them."""
    padding = arguments.get("padding")
    if isinstance(padding, dict):
        sides = [padding.get(f"{side}_pad", 0) for side in ("top", "bottom", "left", "right")]
        padding = sides if len(padding) != 2 or "top_pad" in padding else tuple(sides[2:])
    if isinstance(padding, tuple | list) and len(padding) == 4:
        padding = (tuple(padding[:2]), tuple(padding[2:]))
    return arguments | {"padding": padding}


_ADAPTED: dict[str, Callable[[Config], Config]] = {
    "BatchNormalization": _batch_normalization,
    "LSTM": _lstm,
    "ReLU": _relu,
    "ZeroPadding1D": _zero_padding,
    "ZeroPadding2D": _zero_padding,
}
