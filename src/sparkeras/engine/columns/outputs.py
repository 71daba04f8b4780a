"""What a model says of each row, as DataFrame columns: raw outputs, classes with probabilities, or numbers.

Runs on: driver, Spark task, training process.
"""

import math
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from sparkeras.errors import InvalidModelError

# Keras' dtypes whose values a float32 would change or blur, and the NumPy and Spark types of their columns.
_WHOLE_FLOATS = 2**24  # from here on float32 leaves whole numbers out
_KEPT = {"bool": "bool"}
_KEPT |= dict.fromkeys(("int8", "int16", "int32", "uint8", "uint16"), "int32")
_KEPT |= dict.fromkeys(("int64", "uint32", "uint64"), "int64")
_SPARK_TYPES = {"bool": "BooleanType", "int32": "IntegerType", "int64": "LongType", "float32": "FloatType"}


@dataclass(frozen=True)
class Heads:
    """The columns to make of a model's outputs.

    Attributes
    ----------
    kind : str
        ``"raw"``: outputs as they are; ``"probabilities"`` or ``"logits"``: a classifier whose one output gives
        these; ``"labels"`` (or ``"label logits"``): one that says of each class whether it applies;
        ``"regression"``: one number, or a vector of several.
    names : tuple of str
        Column names: one per output for ``raw``; prediction, probability, rawPrediction for a classifier.
    shapes : tuple of tuple
        Shape of one row of each output, axes may be None where the model does not say.
    classes : tuple of str or None
        A classifier's class names, which its predictions are given in; None for class numbers.
    dtypes : tuple of str
        Of ``raw``: Keras' dtype of each output. Whole numbers and booleans stay what they are; all others, and
        outputs without one, are float32.
    """

    kind: str
    names: tuple
    shapes: tuple
    classes: tuple | None = None
    dtypes: tuple = ()

    def spark_type(self):
        """Return the StructType of the columns; vectors travel as arrays, see ``finish``."""
        from pyspark.sql import types
        from pyspark.sql.types import ArrayType, DoubleType, StringType, StructField, StructType

        if self.kind == "raw":
            kinds = []
            for shape, dtype in zip(self.shapes, self._numpy_types(), strict=True):
                kind = getattr(types, _SPARK_TYPES[dtype])()
                for _ in () if shape == (1,) else shape:
                    kind = ArrayType(kind)
                kinds.append(kind)
        elif self.kind == "regression":
            kinds = [DoubleType() if self._is_single() else ArrayType(DoubleType())]
        else:
            one = StringType() if self.classes else DoubleType()
            said = ArrayType(one) if self._is_several() else one
            kinds = [said, ArrayType(DoubleType()), ArrayType(DoubleType())]
        return StructType([StructField(name, kind) for name, kind in zip(self.names, kinds, strict=True)])

    def finish(self, name, column):
        """Return the Spark column that ``name`` becomes: arrays of doubles are vectors for Spark ML.

        Spark makes the vectors: its columnar Arrow evaluation (seen in 4.3.0) fails on any vector column.
        """
        from pyspark.ml.functions import array_to_vector

        vector = (self.kind != "raw" and name != self.names[0]) or (self.kind == "regression" and not self._is_single())
        return array_to_vector(column) if vector else column

    def to_arrow(self, outputs):
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

    def _classes(self, probability):
        """Return the class of each row, or the list of its classes, by number or by name."""
        if self.classes:
            probability = probability[:, : len(self.classes)]  # a model may have more units than there are names
        if not self._is_several():
            return self._named(probability.argmax(axis=1))
        applies = probability >= 0.5
        offsets = np.concatenate([[0], np.cumsum(applies.sum(axis=1))]).astype(np.int32)
        return pa.ListArray.from_arrays(pa.array(offsets), self._named(np.nonzero(applies)[1]))

    def _named(self, numbers):
        # Spark counts classes in doubles.
        return pa.array(self.classes).take(pa.array(numbers)) if self.classes else pa.array(numbers.astype(np.float64))

    def _numpy_types(self):
        """Return what the values of each output are in its column, by NumPy's names."""
        return [_KEPT.get(dtype, "float32") for dtype in self.dtypes or (None,) * len(self.shapes)]

    def _is_several(self):
        return self.kind in ("labels", "label logits")

    def _is_single(self):
        return self.shapes[0] in ((1,), ())


def classify(output, kind):
    """Return raw predictions and probabilities, both (rows, classes), of a classifier's output.

    Parameters
    ----------
    output : (rows, units) array
        One unit means two classes, and speaks for the second.
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


def _typed(name, output, dtype):
    """Return an output as what its column holds; a float32 cannot hold every whole number."""
    if output.dtype.kind in "iu" and dtype == "float32" and (np.abs(output.astype(np.float64)) > _WHOLE_FLOATS).any():
        raise InvalidModelError(
            f"{name!r} holds whole numbers beyond {_WHOLE_FLOATS:,} and the model declares floats for it, which would "
            "round them. Give its last layer no compute_output_shape, or one with compute_output_spec and its dtype."
        )
    return output.astype(dtype, copy=False)


def _nested(output, shape):
    """Lists of lists of numbers, as deep as the output's shape; one unit is a plain number."""
    values = pa.array(np.ascontiguousarray(output).ravel())
    if shape == (1,):
        return values
    for axis in range(output.ndim - 1, 0, -1):
        values = _lists(values, output.shape[axis])
    return values


def _lists(values, width):
    # Offsets by number of lists: a width of 0 would make arange endless.
    count = len(values) // width if width else 0
    return pa.ListArray.from_arrays(pa.array(np.arange(count + 1, dtype=np.int32) * width), values)


def _rows(values):
    """One list of doubles per row."""
    return _lists(pa.array(np.ascontiguousarray(values).ravel()), values.shape[1])
