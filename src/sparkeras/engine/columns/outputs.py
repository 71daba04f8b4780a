"""A model's predictions as DataFrame columns: raw outputs, classes with probabilities, or numbers.

Runs on: driver, Spark task, training process.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from sparkeras.engine.columns.texts import ClassName
from sparkeras.errors import InvalidModelError

if TYPE_CHECKING:
    from pyspark.sql import Column
    from pyspark.sql.types import DataType, StructType

# Keras' dtypes whose values a float32 would change or blur, and the NumPy and Spark types of their columns.
_WHOLE_FLOATS = 2**24  # from here on float32 leaves whole numbers out
_KEPT = {"bool": "bool"}
_KEPT |= dict.fromkeys(("int8", "int16", "int32", "uint8", "uint16"), "int32")
_KEPT |= dict.fromkeys(("int64", "uint32", "uint64"), "int64")
_SPARK_TYPES = {"bool": "BooleanType", "int32": "IntegerType", "int64": "LongType", "float32": "FloatType"}


@dataclass(frozen=True)
class Heads:
    """The DataFrame columns of a model's outputs.

    Attributes
    ----------
    kind : str
        ``"raw"``: outputs as they are; ``"probabilities"`` or ``"logits"``: a classifier whose one output gives
        these; ``"labels"`` (or ``"label logits"``): several classes may apply at once; ``"regression"``: one number,
        or a vector of several.
    names : tuple of str
        Column names: one per output for ``raw``; prediction, probability, rawPrediction for a classifier.
    shapes : tuple of tuple
        Shape of one row of each output; unknown axes are None.
    classes : tuple or None
        A classifier's class names (texts, numbers or booleans), which its predictions hold; None for class numbers.
    dtypes : tuple of str
        Of ``raw``: Keras' dtype of each output. Whole numbers and booleans keep their kind; all others, and outputs
        without a dtype, are float32.
    """

    kind: str
    names: tuple[str, ...]
    shapes: tuple[tuple[int | None, ...], ...]
    classes: tuple[ClassName, ...] | None = None
    dtypes: tuple[str | None, ...] = ()

    def spark_type(self) -> StructType:
        """Return the StructType of the columns; vectors travel as arrays, see ``finish``."""
        from pyspark.sql.types import ArrayType, BooleanType, DoubleType, StringType, StructField, StructType

        kinds: list[DataType]
        if self.kind == "raw":
            kinds = self._raw_types()
        elif self.kind == "regression":
            kinds = [DoubleType() if self._is_single() else ArrayType(DoubleType())]
        else:
            kind_of = {str: StringType(), bool: BooleanType(), float: DoubleType()}
            one = kind_of[type(self.classes[0])] if self.classes else DoubleType()
            prediction = ArrayType(one) if self._is_several() else one
            kinds = [prediction, ArrayType(DoubleType()), ArrayType(DoubleType())]
        return StructType([StructField(name, kind) for name, kind in zip(self.names, kinds, strict=True)])

    def _raw_types(self) -> list[DataType]:
        """Return the Spark type of each raw output: nested arrays as deep as its shape; one unit is a plain number."""
        from pyspark.sql import types

        kinds = []
        for shape, dtype in zip(self.shapes, self._numpy_types(), strict=True):
            kind: DataType = getattr(types, _SPARK_TYPES[dtype])()
            for _ in () if shape == (1,) else shape:
                kind = types.ArrayType(kind)
            kinds.append(kind)
        return kinds

    def finish(self, name: str, column: Column) -> Column:
        """Return the final column ``name``: arrays of doubles become vectors for Spark ML.

        Spark makes the vectors: its columnar Arrow evaluation (seen in 4.3.0) fails on any vector column.
        """
        from pyspark.ml.functions import array_to_vector

        vector = (self.kind != "raw" and name != self.names[0]) or (self.kind == "regression" and not self._is_single())
        return array_to_vector(column) if vector else column

    def to_arrow(self, outputs: Sequence[np.ndarray]) -> pa.StructArray:
        """Return outputs (list of (rows, ...) arrays) as one Arrow struct array."""
        if self.kind == "raw":
            typed = zip(self.names, outputs, self.shapes, self._numpy_types(), strict=True)
            arrays = [_nested(_typed(name, output, dtype), shape) for name, output, shape, dtype in typed]
        elif self.kind == "regression":
            values = outputs[0].astype(np.float64)
            arrays = [pa.array(values.ravel()) if self._is_single() else _rows(values)]
        else:
            raw, probability = classify(outputs[0].astype(np.float64), self.kind)
            arrays = [self._classes(probability), _rows(probability), _rows(raw)]
        return pa.StructArray.from_arrays(arrays, list(self.names))

    def _classes(self, probability: np.ndarray) -> pa.Array:
        """Return the class of each row, or the list of its classes, by number or by name."""
        if self.classes:
            probability = probability[:, : len(self.classes)]  # a model may have more units than there are names
        if not self._is_several():
            return self._named(probability.argmax(axis=1))
        applies = probability >= 0.5
        offsets = np.concatenate([[0], np.cumsum(applies.sum(axis=1))]).astype(np.int32)
        return pa.ListArray.from_arrays(pa.array(offsets), self._named(np.nonzero(applies)[1]))

    def _named(self, numbers: np.ndarray) -> pa.Array:
        # Spark counts classes in doubles.
        return pa.array(self.classes).take(pa.array(numbers)) if self.classes else pa.array(numbers.astype(np.float64))

    def _numpy_types(self) -> list[str]:
        """Return NumPy's dtype of each output in its column."""
        return [_KEPT.get(dtype or "", "float32") for dtype in self.dtypes or ("",) * len(self.shapes)]

    def _is_several(self) -> bool:
        return self.kind in ("labels", "label logits")

    def _is_single(self) -> bool:
        return self.shapes[0] in ((1,), ())


def classify(output: np.ndarray, kind: str) -> tuple[np.ndarray, np.ndarray]:
    """Return raw predictions and probabilities, both (rows, classes), of a classifier's output.

    Parameters
    ----------
    output : (rows, units) array
        One unit means two classes: its value is that of the second.
    kind : str
        Of ``Heads``.
    """
    output = output.reshape(len(output), math.prod(output.shape[1:]))
    if kind in ("labels", "label logits"):
        return output, output if kind == "labels" else 1 / (1 + np.exp(-output))
    if kind == "probabilities":
        raw = np.hstack([1 - output, output]) if output.shape[1] == 1 else output
        return raw, raw
    raw = np.hstack([-output, output]) if output.shape[1] == 1 else output
    # One logit z means sigmoid(z), which is the softmax of (0, z).
    logits = np.hstack([np.zeros_like(output), output]) if output.shape[1] == 1 else output
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return raw, powers / powers.sum(axis=1, keepdims=True)


def _typed(name: str, output: np.ndarray, dtype: str) -> np.ndarray:
    """Return an output with the dtype of its column; float32 cannot hold every whole number."""
    if output.dtype.kind in "iu" and dtype == "float32" and (np.abs(output.astype(np.float64)) > _WHOLE_FLOATS).any():
        raise InvalidModelError(
            f"{name!r} holds whole numbers beyond {_WHOLE_FLOATS:,} and the model declares floats for it, which would "
            "round them. Give its last layer no compute_output_shape, or one with compute_output_spec and its dtype."
        )
    return output.astype(dtype, copy=False)


def _nested(output: np.ndarray, shape: tuple[int | None, ...]) -> pa.Array:
    """Lists of lists of numbers, as deep as the output's shape; one unit is a plain number."""
    values = pa.array(np.ascontiguousarray(output).ravel())
    if shape == (1,):
        return values
    for axis in range(output.ndim - 1, 0, -1):
        values = _lists(values, output.shape[axis])
    return values


def _lists(values: pa.Array, width: int) -> pa.Array:
    # Offsets by number of lists: a width of 0 would make arange endless.
    count = len(values) // width if width else 0
    return pa.ListArray.from_arrays(pa.array(np.arange(count + 1, dtype=np.int32) * width), values)


def _rows(values: np.ndarray) -> pa.Array:
    """One list of doubles per row."""
    return _lists(pa.array(np.ascontiguousarray(values).ravel()), values.shape[1])
