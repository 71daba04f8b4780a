"""Match the arrays of a file with the layers; all shapes are compared before any weight is set.

Runs on: driver.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np

from sparkeras.errors import InvalidModelError
from sparkeras.legacy import class_paths, layouts, weights_file
from sparkeras.legacy.names import CONVOLUTIONS, POOLINGS
from sparkeras.legacy.parts import Part, Reading
from sparkeras.legacy.weights_file import StoredLayer

if TYPE_CHECKING:
    import h5py

Arrays = list[np.ndarray]
FLIPPED = ("Conv1D", "Conv2D", "Conv3D")


def set_weights(parts: list[Part], file: h5py.File, reading: Reading, path: Path) -> None:
    """Give the layers the arrays of a file.

    Parameters
    ----------
    parts : list of Part
        The model's layers in the order of its architecture.
    file : h5py.File
    reading : Reading
    path : Path
        Of the file, for errors.

    Raises
    ------
    InvalidModelError
        If number or shapes of the arrays differ, or they come from Theano without ``theano_kernels``. Then no weight
        was changed.
    """
    planned = []
    by_class = class_paths.is_laid_out_so(file)
    pairs = class_paths.pairs if by_class else _pairs
    for part, layer in pairs(parts, file, path):
        leaves = [leaf for leaf in part.leaves if leaf.layer.weights]
        _compare_sizes(part, leaves, layer, path)
        arrays = layer.read()
        for leaf, own in _split(part, leaves, layer.names, arrays):
            own = _translated(leaf, own, reading)
            _compare(leaf, own, layer, path)
            planned.append((leaf, own))
    for leaf, own in planned:
        leaf.layer.set_weights(own)
        if leaf.kind == "Normalization":
            leaf.layer.finalize_state()  # the layer computes with copies of its weights


def steepen(parts: list[Part]) -> None:
    """Multiply the weights in front of each old hard_sigmoid (see ``layouts.factors``)."""
    for leaf in (leaf for part in parts for leaf in part.leaves if leaf.steep):
        arrays = leaf.layer.get_weights()
        by = layouts.factors(leaf.kind, leaf.steep, arrays)
        leaf.layer.set_weights([(a * f).astype(a.dtype) for a, f in zip(arrays, by, strict=True)])


def _pairs(parts: list[Part], file: h5py.File, path: Path) -> list[tuple[Part, StoredLayer]]:
    """Pair layers and stored groups: by name if all names agree, else in order.

    Keras 1 stored the layers of a first Sequential one by one; so the same is tried with the layers inside of models.
    """
    stored = weights_file.stored_layers(file, path)
    for flat in (False, True):
        layers = [leaf for part in parts for leaf in (_inside(part) if flat else [part])]
        layers = [part for part in layers if part.layer.weights]
        if len(layers) == len(stored):
            named = {layer.name: layer for layer in stored}
            if {part.name for part in layers} == set(named):
                return [(part, named[part.name]) for part in layers]
            return list(zip(layers, stored, strict=True))
    layers = [part for part in parts if part.layer.weights]
    only = [part.name for part in layers if part.name not in {layer.name for layer in stored}]
    hint = f" (it has no {', '.join(map(repr, only[:3]))})" if only else ""
    raise InvalidModelError(
        f"'{path}' holds weights of {len(stored)} layers, and the architecture has {len(layers)} with weights{hint}. "
        "Are both files of the same model?"
    )


def _inside(part: Part) -> list[Part]:
    return [each for inner in part.parts for each in _inside(inner)] if part.kind == "model" else [part]


def _compare_sizes(part: Part, leaves: list[Part], layer: StoredLayer, path: Path) -> None:
    """Refuse arrays that are too large before they are read: a small file may claim huge shapes."""
    expected = sum(math.prod(weight.shape) for leaf in leaves for weight in leaf.layer.weights)
    stored = sum(map(math.prod, layer.shapes))
    if stored > 2 * expected:  # cuDNN has biases twice
        _refuse_shapes(part, layer.shapes, [weight.shape for leaf in leaves for weight in leaf.layer.weights], path)


def _compare(leaf: Part, arrays: Arrays, layer: StoredLayer, path: Path) -> None:
    expected = [tuple(weight.shape) for weight in leaf.layer.weights]
    stored = [array.shape for array in arrays]
    if expected == stored:
        return
    if len(expected) == len(stored) == len(layer.names):
        at = next(i for i in range(len(expected)) if expected[i] != stored[i])
        _refuse_shapes(leaf, stored[at], expected[at], path, f" in {layer.names[at]!r}")
    _refuse_shapes(leaf, stored, expected, path)


def _refuse_shapes(part: Part, stored: Any, expected: Any, path: Path, where: str = "") -> NoReturn:
    part.refuse(
        f"needs {_shapes(expected)}, and '{path}' has {_shapes(stored)}{where}. Are both files of the same model?"
    )


def _shapes(shapes: Any) -> str:
    if shapes and not isinstance(shapes, tuple):
        return f"{len(shapes)} arrays of shapes {', '.join(str(tuple(shape)) for shape in shapes)}"
    return f"the shape {shapes}"


def _split(part: Part, leaves: list[Part], names: list[str], arrays: Arrays) -> list[tuple[Part, Arrays]]:
    """Split the arrays of a group among the layers inside of a model or wrapper."""
    if len(leaves) == 1:
        return [(leaves[0], arrays)]
    if part.kind == "Bidirectional":
        half = len(arrays) // 2
        halves = ((names[:half], arrays[:half]), (names[half:], arrays[half:]))
        return [
            pair for inner, own in zip(part.parts, halves, strict=True) for pair in _split(inner, inner.leaves, *own)
        ]
    return _split_by_name(leaves, names, arrays) or _split_in_order(part, leaves, arrays)


def _split_by_name(leaves: list[Part], names: list[str], arrays: Arrays) -> list[tuple[Part, Arrays]] | None:
    """Split by the layer's name, which is a part of each array's: 'dense_1/kernel:0', 'dense_1_W' in Keras 1."""
    arrays_of: dict[str, Arrays] = {leaf.name: [] for leaf in leaves}
    for name, array in zip(names, arrays, strict=True):
        steps = name.split("/")
        owners = [step for step in steps[:-1] if step in arrays_of]
        owners = owners or sorted((own for own in arrays_of if steps[-1].startswith(f"{own}_")), key=len)
        if not owners:
            return None
        arrays_of[owners[-1]].append(array)
    is_complete = len(arrays_of) == len(leaves) and all(arrays_of.values())
    return [(leaf, arrays_of[leaf.name]) for leaf in leaves] if is_complete else None


def _split_in_order(part: Part, leaves: list[Part], arrays: Arrays) -> list[tuple[Part, Arrays]]:
    """Split in the order of Keras 2: the trainable arrays, layer by layer, then the moving statistics."""
    if any(not leaf.layer.trainable and leaf.kind == "BatchNormalization" for leaf in leaves):
        part.refuse("holds frozen BatchNormalization, and the names of its arrays do not show which is which.")
    rest = list(arrays)
    arrays_of: dict[int, Arrays] = {id(leaf): [] for leaf in leaves}
    for statistics in (False, True):
        for leaf in leaves:
            count = _count(leaf, statistics, len(arrays) - sum(len(each.layer.weights) for each in leaves))
            arrays_of[id(leaf)] += rest[:count]
            del rest[:count]
    if rest:
        part.refuse(f"has {len(arrays)} arrays in the file, {len(rest)} more than its layers need.")
    return [(leaf, arrays_of[id(leaf)]) for leaf in leaves]


def _count(leaf: Part, statistics: bool, surplus: int) -> int:
    if leaf.kind == "BatchNormalization":
        return 2 if statistics else len(leaf.layer.weights) - 2
    if statistics:
        return 0
    by_gate = {"LSTM": 12, "GRU": 9}.get(leaf.kind) if surplus else None
    return by_gate or len(leaf.layer.weights)


def _translated(leaf: Part, arrays: Arrays, reading: Reading) -> Arrays:
    """Return the arrays of one layer in the layout of Keras 3."""
    kind = leaf.kind
    if kind in layouts.GATES:
        arrays = layouts.recurrent_of_cudnn(layouts.recurrent_of_keras_1(kind, arrays))
    if kind == "BatchNormalization" and reading.era == 1 and len(arrays) >= 2:
        arrays = _of_deviations(leaf, arrays, reading)
    if kind == "Conv1D" and arrays:
        arrays = [layouts.kernel_of_line(arrays[0], leaf.layer.kernel_size[0]), *arrays[1:]]
    if kind in CONVOLUTIONS and arrays:
        arrays = _of_convolution(leaf, arrays, reading)
    return arrays


def _of_deviations(leaf: Part, arrays: Arrays, reading: Reading) -> Arrays:
    if reading.number >= (1, 0, 8):
        return arrays
    if reading.number >= (1, 0, 6):
        leaf.refuse(
            "is of Keras 1.0.6 or 1.0.7, which stored a variance on TensorFlow and a deviation on Theano, and not "
            "which of them. Load and save the model with Keras 1.2 first."
        )
    return [*arrays[:-1], layouts.variance_of_deviation(arrays[-1], leaf.layer.epsilon)]


def _of_convolution(leaf: Part, arrays: Arrays, reading: Reading) -> Arrays:
    """Transpose and flip a kernel as needed; refuse kernels of Theano without ``theano_kernels``."""
    shape, kernel = tuple(leaf.layer.weights[0].shape), arrays[0]
    first = leaf.config.get("data_format") == "channels_first" and reading.era == 1 and leaf.kind != "Conv1D"
    if leaf.kind == "Conv2DTranspose" and reading.era == 1:
        kernel = kernel.transpose(2, 3, 0, 1) if first else kernel.transpose(0, 1, 3, 2)
    fits_transposed = kernel.shape != shape and kernel.ndim > 2 and layouts.channels_last(kernel).shape == shape
    transpose = fits_transposed or first
    if not transpose and not reading.by_theano:
        return [kernel, *arrays[1:]]
    if not reading.theano_kernels:
        order = "has a kernel in Theano's order (filters, channels, ...)"
        why = "was learned by Theano" if reading.by_theano else order
        leaf.refuse(
            f"{why}, shape {arrays[0].shape}. Allow it with --theano-kernels, or theano_kernels=True, "
            "and compare a prediction that you know."
        )
    if leaf.kind not in FLIPPED:
        leaf.refuse("is a convolution whose kernels of Theano are not translated.")
    kernel = layouts.channels_last(kernel) if transpose else kernel
    return [layouts.flipped(kernel) if reading.by_theano else kernel, *arrays[1:]]


def refuse_paddings_of_theano(parts: list[Part], reading: Reading) -> None:
    """Refuse layers that Theano pads otherwise: it pads both sides alike, TensorFlow the far side more.

    Raises
    ------
    InvalidModelError
        Names the layer.
    """
    for leaf in (leaf for part in parts for leaf in part.leaves if reading.by_theano):
        if leaf.config.get("padding") != "same":
            continue
        sides = leaf.layer.kernel_size if leaf.kind in FLIPPED else getattr(leaf.layer, "pool_size", ())
        odd = all(side % 2 for side in sides) if leaf.kind in FLIPPED else set(sides) <= {3}
        if leaf.kind in (*FLIPPED, *POOLINGS) and not (odd and set(_sides(leaf.layer.strides)) == {1}):
            leaf.refuse("pads 'same' as Theano did, for which Keras 3 has no name: use an odd kernel and strides of 1.")


def _sides(strides: Any) -> Any:
    return strides if isinstance(strides, tuple | list) else (strides,)
