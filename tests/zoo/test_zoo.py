"""The reference models have the parameters that their docstrings say, and refuse what they cannot take."""

import numpy as np
import pytest

from sparkeras import zoo
from sparkeras.errors import InvalidModelError


@pytest.mark.parametrize(("name", "parameters"), [("mlp", 235_146), ("cnn", 220_234)])
def test_a_model_has_the_parameters_that_it_says(name, parameters):
    model = zoo.build(name, (28, 28), 10, scaling=("rescale", 1 / 255))
    assert model.count_params() == parameters
    said = model.predict(np.zeros((2, 28, 28)), verbose=0)
    np.testing.assert_allclose(said.sum(axis=1), 1, rtol=1e-5)


def test_tables_are_standardized_by_the_model_itself():
    model = zoo.build("mlp", (2,), None, scaling=("standardize", (np.array([10.0, -1]), np.array([4.0, 1]))))
    layer = model.get_layer("scaling")
    np.testing.assert_allclose(layer(np.array([[12.0, 0.0]])), [[1, 1]], rtol=1e-5)
    assert model.output_shape == (None, 1)


def test_wrong_names_and_shapes_are_refused():
    with pytest.raises(InvalidModelError, match="Unknown model 'nosuch'; the zoo has mlp, cnn"):
        zoo.build("nosuch", (2,), 2)
    with pytest.raises(InvalidModelError, match=r"needs images.*rows here have shape \(13,\).*--model mlp"):
        zoo.build("cnn", (13,), 2)
