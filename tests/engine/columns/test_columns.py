"""Columns are matched with the model before any job, and decoded without loss."""

from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest
from pyspark.ml.linalg import VectorUDT
from pyspark.sql.types import (
    ArrayType,
    BooleanType,
    DecimalType,
    DoubleType,
    FloatType,
    IntegerType,
    StringType,
    StructType,
)

from sparkeras.engine import columns
from sparkeras.engine.columns import Field
from sparkeras.engine.columns.arrow import to_array
from sparkeras.engine.columns.outputs import Heads, classify
from sparkeras.errors import InvalidColumnError

SCHEMA = StructType()
for _name, _type in {
    "features": ArrayType(FloatType()),
    "a": IntegerType(),
    "b": DoubleType(),
    "label": StringType(),
    "y": IntegerType(),
    "ok": BooleanType(),
    "d": DecimalType(10, 2),
    "v": VectorUDT(),
}.items():
    SCHEMA.add(_name, _type)
ONE = {"inputs": {"x": {"shape": (2,), "dtype": "float32"}}, "outputs": {"out": {"shape": (10,)}}}
TWO = {"inputs": {"x1": {"shape": (1,)}, "x2": {"shape": (2,)}}, "outputs": None}
VECTOR = pa.struct(
    [("type", pa.int8()), ("size", pa.int32()), ("indices", pa.list_(pa.int32())), ("values", pa.list_(pa.float64()))]
)

WRONG = [
    (ONE, ("nosuch", "y"), "Column 'nosuch' is not in the DataFrame; it has 'features', 'a'"),
    (ONE, ("features", "label"), "Column 'label' is string.*StringIndexer"),
    (ONE, ("d", "y"), "rows have 1 numbers; the model's input 'x' takes 2"),
    (ONE, (["a", "b", "y"], "y"), r"rows have 3 numbers; the model's input 'x' takes 2 \(shape \(2,\)\)"),
    (ONE, (["a", "features"], "y"), r"array<float>; training needs single numbers there"),
    (ONE, ({"z": "a"}, "y"), "The model's inputs are 'x'; got columns for 'z'"),
    (TWO, ("features", "y"), r"has 2 inputs \('x1', 'x2'\) and got 1 column"),
]


@pytest.mark.parametrize(("signature", "given", "words"), WRONG)
def test_columns_that_do_not_fit_are_named(signature, given, words):
    with pytest.raises(InvalidColumnError, match=words):
        columns.plan(SCHEMA, signature, *given)


def test_the_validation_column_must_be_boolean():
    with pytest.raises(InvalidColumnError, match="'a' is integer; .* must be boolean"):
        columns.plan(SCHEMA, ONE, "v", "y", validation="a")
    assert columns.plan(SCHEMA, ONE, "v", "y", validation="ok")[-1].role == "validation"


def test_several_inputs_are_matched_by_name_in_the_models_order():
    fields = columns.plan(SCHEMA, TWO, {"x2": "features", "x1": "a"})
    assert [(field.name, field.columns) for field in fields] == [("x1", ("a",)), ("x2", ("features",))]


@pytest.mark.parametrize("shape", [(784,), (28, 28), (28, 28, 1), (None, 28)])
def test_a_flat_row_takes_the_models_shape(shape):
    rows = pa.array(np.arange(2 * 784).reshape(2, 784).tolist(), pa.list_(pa.int16()))
    array, bad = columns.decode(Field("x", "input", ("f",), shape), {"f": rows})
    assert array.shape == (2, *(28 if axis is None else axis for axis in shape))
    assert array.dtype == np.int16
    assert not bad.any()


def nested(row, dtype=np.float32):
    """Return an Arrow column of two rows of the shape ``row``, nested as deep."""
    array = np.arange(2 * np.prod(row), dtype=dtype).reshape(2, *row)
    kind = pa.float32()
    for _ in row:
        kind = pa.list_(kind)
    return array, pa.array(array.tolist(), kind)


SAME = [
    ((3, 2), (3, 2)),
    ((3, 2), (None, 2)),
    ((3, 2, 1), (3, 2)),
    ((3, 2), (3, 2, 1)),
    ((1, 3, 2), (3, 2)),
    ((3, 1), (3,)),
    ((1, 2), (None, 2)),
    ((3, 2), (None, None)),
]


@pytest.mark.parametrize(("row", "shape"), SAME)
def test_nested_rows_fit_but_for_axes_of_1(row, shape):
    array, column = nested(row)
    decoded, _ = columns.decode(Field("x", "input", ("f",), shape), {"f": column})
    assert [axis for axis in decoded.shape[1:] if axis > 1] == [axis for axis in row if axis > 1]
    assert all(wanted in (None, axis) for wanted, axis in zip(shape, decoded.shape[1:], strict=True))
    np.testing.assert_array_equal(decoded.ravel(), array.ravel())


OTHER = [
    ((2, 60), (60, 2), r"rows have the shape \(2, 60\); the model's input 'x' takes \(60, 2\).*transpose the rows"),
    ((3, 8, 8), (8, 8, 3), "channels come first in the rows and last in the model"),
    ((4, 3), (2, 6), "As many numbers in other axes may mean another order"),
    ((4, 3), (12,), r"flatten\(column\) for a flat one"),
    ((2, 6), (None, 4), r"\(2, 6\); the model's input 'x' takes \(None, 4\)"),
    ((5, 2), (4, 2), "Change the model's Input shape or the column"),
]


@pytest.mark.parametrize(("row", "shape", "words"), OTHER)
def test_nested_rows_of_another_shape_are_refused(row, shape, words):
    with pytest.raises(InvalidColumnError, match=words):
        columns.decode(Field("x", "input", ("f",), shape), {"f": nested(row)[1]})


def test_rows_that_can_never_fit_are_refused_by_their_type():
    schema = StructType().add("m", ArrayType(ArrayType(FloatType()))).add("y", FloatType())
    image = {"inputs": {"x": {"shape": (8, 8, 3)}}, "outputs": {"out": {"shape": (8, 8, 1)}}}
    words = r"'m': rows hold arrays of arrays of numbers; .* takes \(8, 8, 3\).*array<array<array<double>>>, or flat"
    with pytest.raises(InvalidColumnError, match=words):
        columns.plan(schema, image, "m")
    label = [Field("out", "label", ("y",))]
    with pytest.raises(InvalidColumnError, match=r"'y': rows hold one number; the loss compares them with \(8, 8, 1\)"):
        columns.with_label_shapes(schema, label, {"label:out": (8, 8, 1)})


LABELS = [  # (shape of a row, shape that the loss compares, shape of the array; None where refused)
    ((), (1,), (1,)),
    ((1,), (), (1,)),
    ((5,), (5, 1), (5,)),
    ((5, 1), (5,), (5, 1)),
    ((1, 5), (5, 1), (5, 1)),
    ((4, 5), (None, 5), (4, 5)),
    ((5, 2), (5, 1), None),
    ((2, 5), (5, 2), None),
    ((64,), (8, 8, 1), None),
    ((3,), (), None),
]


@pytest.mark.parametrize(("row", "wanted", "shape"), LABELS)
def test_labels_have_the_shape_that_the_loss_compares(row, wanted, shape):
    field = Field("out", "label", ("y",), loss_shape=wanted)
    given = {"y": nested(row)[1] if row else pa.array([1.0, 2.0])}
    if shape is not None:
        assert columns.decode(field, given)[0].shape[1:] == shape
        return
    with pytest.raises(InvalidColumnError, match=r"Column 'y': rows have the shape .*(nested arrays|class number)"):
        columns.decode(field, given)


def test_many_names_are_cut_at_ten():
    schema = StructType()
    for i in range(1200):
        schema.add(f"c{i}", DoubleType())
    with pytest.raises(InvalidColumnError) as raised:
        columns.plan(schema, ONE, "nosuch")
    assert str(raised.value).endswith("'c8', 'c9' and 1,190 more.")
    with pytest.raises(InvalidColumnError, match="'c9' and 1,190 more: rows have 1200 numbers"):
        columns.plan(schema, ONE, schema.names)
    with pytest.raises(InvalidColumnError, match="got columns for 'c0', .* and 1,190 more"):
        columns.plan(schema, ONE, {name: name for name in schema.names})


def test_names_keep_their_capitals_in_errors():
    assert Field("x", "input", ("City",)).title() == "Column 'City'"


def test_several_numeric_columns_stand_side_by_side():
    given = {"a": pa.array([1, 2]), "b": pa.array([0.5, None])}
    array, bad = columns.decode(Field("x", "input", ("a", "b"), (2,)), given)
    np.testing.assert_array_equal(array[0], [1, 0.5])
    assert bad.tolist() == [False, True]


def test_a_wrong_width_is_named_with_both_numbers():
    with pytest.raises(InvalidColumnError, match=r"rows have 2 numbers; the model's input 'x' takes 64"):
        columns.decode(Field("x", "input", ("f",), (64,)), {"f": pa.array([[1, 2]])})


CELLS = [
    (pa.array([1, None], pa.int16()), [1, 0], [0, 1], np.int16),
    (pa.array([True, False]), [1, 0], [0, 0], np.uint8),
    (pa.array([1.5, float("nan")]), [1.5, 0], [0, 1], np.float32),
    (pa.array([[1.0, 2], None, [3, None]]), [[1, 2], [0, 0], [3, 0]], [0, 1, 1], np.float32),
    (pa.array([Decimal("1.50"), None]), [1.5, 0], [0, 1], np.float32),
    (pa.array([[[1], [2]], [[3], [4]]], pa.list_(pa.list_(pa.int8()))), [[[1], [2]], [[3], [4]]], [0, 0], np.int8),
    (pa.array([[9, 9], [1, 2], [3, 4]], pa.list_(pa.int32())).slice(1), [[1, 2], [3, 4]], [0, 0], np.int32),
    (
        pa.array(
            [
                {"type": 0, "size": 4, "indices": [1, 3], "values": [5.0, 6.0]},
                {"type": 1, "size": None, "indices": None, "values": [1.0, 2.0, 3.0, 4.0]},
                None,
                {"type": 0, "size": 4, "indices": [], "values": []},
            ],
            VECTOR,
        ),
        [[0, 5, 0, 6], [1, 2, 3, 4], [0, 0, 0, 0], [0, 0, 0, 0]],
        [0, 0, 1, 0],
        np.float32,
    ),
]


@pytest.mark.parametrize(("cells", "expected", "holes", "dtype"), CELLS)
def test_cells_become_numbers_and_holes_are_marked(cells, expected, holes, dtype):
    array, bad = to_array(cells, "c")
    np.testing.assert_array_equal(array, expected)
    assert array.dtype == dtype
    assert bad.tolist() == [bool(hole) for hole in holes]


@pytest.mark.parametrize("kind", [pa.list_(pa.float64()), pa.list_(pa.list_(pa.float64())), VECTOR], ids=str)
def test_rows_may_all_be_null(kind):
    array, bad = to_array(pa.array([None, None], kind), "features")
    assert len(array) == 2
    assert bad.tolist() == [True, True]


def test_rows_of_different_length_are_refused():
    with pytest.raises(InvalidColumnError, match="rows of 1 and of 2 numbers.*Pad or cut"):
        to_array(pa.array([[1], [1, 2]]), "c")


def test_one_unit_means_two_classes():
    raw, probability = classify(np.array([[0.8]]), "probabilities")
    np.testing.assert_allclose(probability, [[0.2, 0.8]])
    raw, probability = classify(np.array([[np.log(3)]]), "logits")
    np.testing.assert_allclose(raw, [[-np.log(3), np.log(3)]])
    np.testing.assert_allclose(probability, [[0.25, 0.75]])  # sigmoid(log 3) = 3/4


def test_logits_get_their_softmax():
    _, probability = classify(np.log([[1.0, 2.0, 5.0]]), "logits")
    np.testing.assert_allclose(probability, [[0.125, 0.25, 0.625]])


def test_raw_outputs_keep_their_depth():
    made = Heads("raw", ("p",), ((2, 2),)).to_arrow([np.arange(8, dtype=np.float32).reshape(2, 2, 2)])
    assert made.field(0).to_pylist() == [[[0, 1], [2, 3]], [[4, 5], [6, 7]]]


def test_a_class_that_has_no_name_is_never_said():
    heads = Heads("probabilities", ("said", "probability", "raw"), ((3,),), ("bad", "good"))
    said = heads.to_arrow([np.array([[0.1, 0.2, 0.7], [0.3, 0.1, 0.6]], np.float32)])
    assert said.field("said").to_pylist() == ["good", "bad"]
    assert [len(row) for row in said.field("probability").to_pylist()] == [3, 3]
