"""A forward pass over padded rows gives the outputs of the rows alone, whatever the model takes and gives."""

import keras
import numpy as np
import pytest

from sparkeras.engine.blueprint.forward import padded_forward


def two_in_two_out():
    a, b = keras.Input((2,), name="a"), keras.Input((3,), name="b")
    both = keras.layers.Concatenate()([a, b])
    return keras.Model({"a": a, "b": b}, [keras.layers.Dense(1)(both), keras.layers.Dense(4)(both)])


@pytest.mark.parametrize("size", [3, 8])
def test_padded_rows_change_no_output(size):
    model, rows = two_in_two_out(), np.random.default_rng(0)
    inputs = {"a": rows.random((3, 2), np.float32), "b": rows.random((3, 3), np.float32)}
    expected = model.predict_on_batch(inputs)
    outputs = padded_forward(model, inputs, 3, size)
    assert [output.shape for output in outputs] == [(3, 1), (3, 4)]
    for output, other in zip(outputs, expected, strict=True):
        np.testing.assert_allclose(output, other, rtol=1e-6, atol=1e-6)
    assert inputs["a"].shape == (3, 2)


def test_a_model_that_takes_its_one_input_by_name_gets_it_by_name():
    inputs = {"numbers": keras.Input((2,), name="numbers")}
    model = keras.Model(inputs, keras.layers.Dense(1)(inputs["numbers"]))
    rows = np.ones((3, 2), np.float32)
    # Keras warns of a bare array, and warnings are errors here.
    (output,) = padded_forward(model, rows, 3, 4)
    np.testing.assert_allclose(output, model.predict({"numbers": rows}, verbose=0), rtol=1e-6)
