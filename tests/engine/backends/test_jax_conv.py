"""Faster layers give what plain Keras gives, forwards and backwards, and are really taken."""

import keras
import numpy as np
import pytest

from sparkeras.engine import backends

if backends.choose() != "jax":
    pytest.skip("for the JAX backend", allow_module_level=True)

import jax
import jax.numpy as jnp

from sparkeras.engine.backends import jax_conv

L = keras.layers


def image(*shape, levels=None):
    """Return images; with ``levels`` of few numbers, so that windows have ties."""
    random = np.random.default_rng(0)
    return (random.integers(0, levels, shape) if levels else random.normal(size=shape)).astype("float32")


def figures(model, x):
    """Return output, gradient by input and gradients by weights, compiled."""
    weights = [weight.value for weight in model.trainable_variables]

    def output(weights, x):
        return model.stateless_call(weights, [], x)[0]

    seen = np.random.default_rng(1).normal(size=jax.eval_shape(output, weights, x).shape)

    @jax.jit
    def compute(weights, x):
        y, back = jax.vjp(output, weights, x)
        return y, back(jnp.asarray(seen, y.dtype))

    return jax.tree.leaves(compute(weights, x))


def assert_as_keras(layer, x, covered=True, tolerance=2e-5):
    model = keras.Sequential([keras.Input(x.shape[1:]), layer])
    plain = figures(model, x)
    with jax_conv.use(model) as taken:
        fast = figures(model, x)
    assert bool(taken[layer.name]) is covered
    for a, b in zip(fast, plain, strict=True):
        assert a.dtype == b.dtype
        np.testing.assert_allclose(a, b, atol=tolerance * float(abs(b).max() or 1))


CONVOLUTIONS = {
    "few channels": (1, 32, 3, {}),
    "few channels, few filters": (1, 6, 5, {}),
    "three channels": (3, 32, 3, {"padding": "same"}),
    "three channels, strides": (3, 8, 7, {"strides": 2, "padding": "same"}),
    "wide": (16, 32, 3, {}),
    "wide, same": (8, 40, 3, {"padding": "same"}),
    "odd channels": (9, 32, 3, {}),
    "strides": (8, 32, 3, {"strides": 2}),
    "strides, same": (8, 32, 3, {"strides": (2, 3), "padding": "same"}),
    "dilation": (8, 32, 3, {"dilation_rate": 2}),
    "dilation, same": (16, 32, 3, {"dilation_rate": (2, 1), "padding": "same"}),
    "a row": (32, 32, (1, 4), {"padding": "same"}),
    "a column": (32, 32, (5, 1), {"padding": "same"}),
    "one place": (6, 5, 1, {}),
    "one place, strides": (6, 5, 1, {"strides": 2, "padding": "same"}),
    "no bias, large kernel": (8, 16, 5, {"use_bias": False}),
    "one filter": (32, 1, 3, {"padding": "same"}),
    "bounded": (8, 32, 2, {"kernel_constraint": "max_norm", "activation": "relu"}),
}


@pytest.mark.parametrize("name", CONVOLUTIONS)
def test_convolutions(name):
    channels, filters, size, settings = CONVOLUTIONS[name]
    assert_as_keras(L.Conv2D(filters, size, **settings), image(5, 13, 12, channels))


POOLINGS = {
    "usual": (2, {}),
    "same": (2, {"padding": "same"}),
    "three": (3, {}),
    "uneven": ((2, 3), {}),
    "overlapping": (3, {"strides": 2}),
    "overlapping, same": (3, {"strides": 2, "padding": "same"}),
    "dense": (3, {"strides": 1, "padding": "same"}),
    "dense, two": (2, {"strides": 1}),
    "mixed": ((2, 5), {"strides": (2, 3)}),
    "whole": ((13, 1), {}),
}


@pytest.mark.parametrize("levels", [None, 3])
@pytest.mark.parametrize("name", POOLINGS)
def test_max_pooling_gives_the_gradient_to_the_first_of_equal_numbers(name, levels):
    size, settings = POOLINGS[name]
    assert_as_keras(L.MaxPooling2D(size, **settings), image(4, 13, 11, 3, levels=levels), tolerance=1e-6)


@pytest.mark.parametrize(
    "settings", [{}, {"strides": 2, "padding": "same"}, {"dilation_rate": 2, "depth_multiplier": 2}]
)
@pytest.mark.parametrize("kind", [L.DepthwiseConv2D, lambda size, **rest: L.SeparableConv2D(7, size, **rest)])
def test_depthwise_and_separable(kind, settings):
    assert_as_keras(kind(3, activation="relu", **settings), image(4, 11, 12, 5))


TRANSPOSED = {
    "side by side": (2, {"strides": 2}),
    "side by side, uneven": ((2, 3), {"strides": (2, 3), "padding": "same", "use_bias": False}),
    "overlapping": (3, {"strides": 2}),
    "overlapping, same": (3, {"strides": 2, "padding": "same", "activation": "relu"}),
    "five": (5, {"strides": 2, "padding": "same"}),
    "four by three": (4, {"strides": 3, "padding": "same"}),
    "one way": ((3, 4), {"strides": (1, 2), "padding": "same"}),
    "a point": (1, {}),
}


@pytest.mark.parametrize("name", TRANSPOSED)
def test_transposed(name):
    size, settings = TRANSPOSED[name]
    assert_as_keras(L.Conv2DTranspose(6, size, **settings), image(3, 7, 6, 5))


class Own(L.Conv2D):
    def convolution_op(self, inputs, kernel):
        return super().convolution_op(inputs, kernel) * 2


FALLING_BACK = {
    "transposed, gaps": lambda: L.Conv2DTranspose(4, 2, strides=3),
    "transposed, dilated": lambda: L.Conv2DTranspose(4, 3, dilation_rate=2),
    "transposed, more": lambda: L.Conv2DTranspose(4, 3, strides=2, output_padding=1),
    "transposed, stride 1": lambda: L.Conv2DTranspose(4, 3),
    "groups": lambda: L.Conv2D(32, 3, groups=4),
    "channels first": lambda: L.MaxPooling2D(2, data_format="channels_first"),
    "a convolution of one's own": lambda: Own(32, 3),
    "half precision": lambda: L.Conv2D(32, 3, dtype="mixed_float16"),
    "bfloat16": lambda: L.Conv2D(32, 3, dtype="mixed_bfloat16"),
    "gaps between windows": lambda: L.MaxPooling2D(2, strides=3),
    "a huge window": lambda: L.MaxPooling2D(8),
    "a large depthwise kernel": lambda: L.DepthwiseConv2D(7),
    "transposed": lambda: L.Conv2DTranspose(32, 3),
    "average": lambda: L.AveragePooling2D(2),
}


@pytest.mark.parametrize("name", FALLING_BACK)
def test_what_is_not_covered_stays_keras_own(name):
    assert_as_keras(FALLING_BACK[name](), image(2, 12, 12, 8), covered=False, tolerance=0)


def test_pooling_keeps_other_precisions():
    assert_as_keras(L.MaxPooling2D(3, strides=2, dtype="bfloat16"), image(2, 9, 9, 4).astype(jnp.bfloat16), tolerance=0)


def small(**settings):
    keras.utils.set_random_seed(0)
    inner = keras.Sequential([keras.Input((12, 12, 8)), L.Conv2D(32, 3, activation="relu"), L.MaxPooling2D(3, 2)])
    frames = keras.Sequential([keras.Input((2, 12, 12, 1)), L.TimeDistributed(L.Conv2D(8, 3, padding="same"))])
    inputs = keras.Input((2, 12, 12, 1))
    x = L.MaxPooling3D((2, 1, 1))(frames(inputs))
    x = L.Flatten()(inner(L.Reshape((12, 12, 8))(x)))
    model = keras.Model(inputs, L.Dense(3, activation="softmax")(x))
    model.compile(**{"optimizer": "adam", "loss": "sparse_categorical_crossentropy", **settings})
    return model


X, Y = image(40, 2, 12, 12, 1), np.random.default_rng(2).integers(0, 3, 40)


def losses(model, rows, **settings):
    settings |= {"batch_size": 16, "epochs": 2, "shuffle": False, "verbose": 0}
    return model.fit(X[:rows], Y[:rows], **settings).history["loss"]


@pytest.mark.parametrize(
    ("rows", "settings"), [(40, {}), pytest.param(16, {"run_eagerly": True}, marks=pytest.mark.slow)]
)
@pytest.mark.thorough
def test_fit_learns_the_same_in_nested_and_wrapped_layers(rows, settings):
    model = small(**settings)
    expected, wanted = losses(model, rows), model.get_weights()
    model = small(**settings)
    with jax_conv.use(model) as taken:
        found = losses(model, rows)
    assert sorted(name.rstrip("_0123456789") for name in taken) == ["conv2d", "conv2d", "max_pooling2d"]
    np.testing.assert_allclose(found, expected, rtol=1e-4)
    for a, b in zip(model.get_weights(), wanted, strict=True):
        np.testing.assert_allclose(a, b, atol=1e-3)


def test_nothing_of_it_is_left_behind(tmp_path):
    model = small()
    losses(model, 16)
    before = model.predict(X, verbose=0)
    with jax_conv.use(model) as taken:
        inside = model.predict(X, verbose=0)
        first = taken.total()
        assert first
        model.save(tmp_path / "inside.keras")
    np.testing.assert_array_equal(model.predict(X, verbose=0), before)
    assert taken.total() == first
    assert not any({"call", "convolution_op"} & set(vars(layer)) for layer in model._flatten_layers())
    np.testing.assert_array_equal(keras.models.load_model(tmp_path / "inside.keras").predict(X, verbose=0), before)
    np.testing.assert_allclose(inside, before, atol=1e-5)
    with jax_conv.use(model) as again:
        losses(model, 16)  # what was compiled without it is not used within it
    assert set(again) == set(taken)


@pytest.mark.slow
def test_derivatives_of_any_order_and_direction():
    layers = [L.Conv2D(32, 3, padding="same"), L.MaxPooling2D(2), L.Conv2D(8, 1, activation="tanh")]
    layers += [L.Conv2D(32, 3), L.MaxPooling2D(2, strides=1), L.DepthwiseConv2D(2)]
    model = keras.Sequential([keras.Input((12, 12, 1)), *layers])
    x, weights = image(3, 12, 12, 1), [weight.value for weight in model.trainable_variables]

    def loss(weights, x):
        return jnp.sum(model.stateless_call(weights, [], x)[0] ** 2)

    def penalty(weights, x):
        return jnp.sum(jax.grad(loss, argnums=1)(weights, x) ** 2)

    def everything(weights, x):
        one = jax.vmap(lambda row: jax.grad(loss)(weights, row[None]))(x)
        forward = jax.jvp(lambda x: loss(weights, x), (x,), (jnp.ones_like(x),))
        along = jax.jvp(lambda weights: jax.grad(loss)(weights, x), (weights,), (weights,))
        again = jax.grad(jax.checkpoint(loss))(weights, x)
        curved = jax.hessian(lambda scale: loss(weights, x * scale))(jnp.float32(0.5))
        return jax.tree.leaves((jax.grad(penalty)(weights, x), one, forward, along, again, curved))

    plain = jax.jit(lambda *given: everything(*given))(weights, x)
    with jax_conv.use(model) as taken:
        fast = jax.jit(lambda *given: everything(*given))(weights, x)
    assert len(taken) == 6
    for a, b in zip(fast, plain, strict=True):
        np.testing.assert_allclose(a, b, atol=1e-4 * float(abs(b).max() or 1))


class Methods(keras.callbacks.Callback):
    """Notes which layers have a method of their own while the model trains."""

    def on_epoch_begin(self, epoch, logs=None):
        self.found = [layer.name for layer in self.model.layers if {"call", "convolution_op"} & set(vars(layer))]


@pytest.mark.thorough
def test_a_training_on_spark_takes_the_faster_ways_unless_told_otherwise(spark):
    import sparkeras
    from sparkeras import datasets

    rows, found, weights = datasets.load("digits", spark)[0], [], []
    for fast in (True, False):
        keras.utils.set_random_seed(0)
        layers = [L.Conv2D(32, 3, padding="same", name="conv"), L.MaxPooling2D(name="pool"), L.Flatten(), L.Dense(10)]
        model = keras.Sequential([keras.Input((64,)), L.Rescaling(1 / 16), L.Reshape((8, 8, 1)), *layers])
        model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
        methods = Methods()
        history = sparkeras.fit(model, rows, epochs=2, callbacks=[methods], fast_convolutions=fast)
        found.append((methods.found, history.history["loss"]))
        weights.append(np.concatenate([weight.ravel() for weight in model.get_weights()]))
    assert [names for names, _ in found] == [["conv", "pool"], []]
    np.testing.assert_allclose(found[0][1], found[1][1], rtol=1e-4)
    np.testing.assert_allclose(*weights, atol=1e-3)
