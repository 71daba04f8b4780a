"""What the tasks of ``bench_results.py`` measure by: networks of images, with their baselines beside them."""

import keras
import numpy as np
from results_tables import fit_on_spark
from sklearn.datasets import load_sample_images
from sklearn.linear_model import LogisticRegression

from sparkeras import datasets, zoo

FEW, OLD = 20, 5  # images of each class to learn from; classes 0 to 4 are known already
PHOTO_SIDE, TILES, PIXELS = 64, 200, ("rescale", 1 / 255)


def accuracy(model, x, y):
    """Return the share of images that a model puts into the right class."""
    return float(np.mean(model.predict(x, batch_size=500, verbose=0).argmax(axis=1) == y))


def classifier(name, shape, classes, seed, **options):
    """Return a compiled model of the zoo with first weights by the seed."""
    keras.utils.set_random_seed(seed)
    model = zoo.build(name, shape, classes, **options)
    model.compile(keras.optimizers.Adam(0.001), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def logistic(x, y, x_test, y_test):
    """Return the accuracy of logistic regression on pixels of 0 to 1, with scikit-learn's own settings."""
    flat = (part.reshape(len(part), -1) / x.max() for part in (x, x_test))
    train, test = flat
    return LogisticRegression(max_iter=1000).fit(train, y).score(test, y_test)


def mnist(seed):
    """Digits of MNIST, all 60,000 training images; cnn-99 takes 8 epochs, cnn 2."""
    data = datasets.load_arrays("mnist", seed=seed)
    epochs, batch = 8, 128
    steps = epochs * -(-len(data.x_train) // batch)
    keras.utils.set_random_seed(seed)
    best = zoo.build("cnn-99", data.input_shape, data.num_classes, scaling=data.scaling, steps=steps)
    fit_on_spark(best, data.x_train, data.y_train, seed, epochs=epochs, batch_size=batch)
    plain = classifier("cnn", data.input_shape, data.num_classes, seed, scaling=data.scaling)
    fit_on_spark(plain, data.x_train, data.y_train, seed, epochs=2, batch_size=batch)
    return {
        "cnn-99": accuracy(best, data.x_test, data.y_test),
        "cnn": accuracy(plain, data.x_test, data.y_test),
        "logistic regression on 10,000 images": logistic(
            data.x_train[:10_000], data.y_train[:10_000], data.x_test, data.y_test
        ),
        "the commonest class": float(np.mean(data.y_test == np.bincount(data.y_train).argmax())),
    }


def few_of_each(y, classes, rng):
    """Return the places of ``FEW`` rows of each class."""
    return np.concatenate([rng.permutation(np.flatnonzero(y == each))[:FEW] for each in classes])


def transfer_digits(seed):
    """MNIST's digits 5 to 9 from 20 images of each; the backbone learnt from 0 to 4 and never saw another."""
    data = datasets.load_arrays("mnist", seed=seed)
    known = data.y_train < OLD
    backbone = classifier("cnn", data.input_shape, OLD, seed, scaling=data.scaling)
    fit_on_spark(backbone, data.x_train[known], data.y_train[known], seed, epochs=2, batch_size=128)
    chosen = few_of_each(data.y_train, range(OLD, 10), np.random.default_rng(seed))
    unseen = data.y_test >= OLD
    return _transferred(
        backbone,
        (data.x_train[chosen], data.y_train[chosen] - OLD, data.x_test[unseen], data.y_test[unseen] - OLD),
        data.scaling,
        seed,
        "cnn",
    )


def transfer_photos(seed):
    """Roses or sunflowers from 20 photos of each, 64 x 64; the backbone tells tiles of a temple from those of a flower.

    The two photos are scikit-learn's own, 200 tiles of each: all that an offline machine has in place of ImageNet. Too
    little, as the figures say: who knows two photos does not know flowers.
    """
    rng = np.random.default_rng(seed)
    tiles, labels = _tiles(rng, 0.0, 1.0, TILES)
    backbone = classifier("cnn", tiles.shape[1:], 2, seed, scaling=PIXELS)
    fit_on_spark(backbone, tiles, labels, seed, epochs=10, batch_size=32)
    data = datasets.load_arrays("flowers", image_size=PHOTO_SIDE, seed=seed)
    chosen = few_of_each(data.y_train, range(data.num_classes), rng)
    arrays = (data.x_train[chosen], data.y_train[chosen], data.x_test, data.y_test)
    return _transferred(backbone, arrays, PIXELS, seed, "cnn")


def transfer_tiles(seed):
    """The other way: the backbone tells 80 roses from 80 sunflowers; tiles of the two photos, 20 of each, to learn.

    Tiles to learn from are cut from the left halves, those to test with, 200 of each, from the right ones.
    """
    rng = np.random.default_rng(seed)
    data = datasets.load_arrays("flowers", image_size=PHOTO_SIDE, seed=seed)
    backbone = classifier("cnn", data.x_train.shape[1:], data.num_classes, seed, scaling=PIXELS)
    fit_on_spark(backbone, data.x_train, data.y_train, seed, epochs=20, batch_size=32)
    arrays = (*_tiles(rng, 0.0, 0.5, FEW), *_tiles(rng, 0.5, 1.0, TILES))
    return _transferred(backbone, arrays, PIXELS, seed, "cnn")


def _tiles(rng, left, right, count):
    """Return (tiles, labels): squares cut from a part of scikit-learn's two photos at random places."""
    photos = load_sample_images().images
    cut = []
    for photo in photos:
        height, width = photo.shape[:2]
        tops = rng.integers(0, height - PHOTO_SIDE, count)
        lefts = rng.integers(int(left * width), int(right * width) - PHOTO_SIDE, count)
        cut += [photo[y : y + PHOTO_SIDE, x : x + PHOTO_SIDE] for y, x in zip(tops, lefts, strict=True)]
    return np.stack(cut), np.repeat(np.arange(len(photos), dtype=np.int32), count)


def _transferred(backbone, arrays, scaling, seed, same):
    """Return the accuracies of a new head, of the backbone's architecture from scratch, and of baselines."""
    x, y, x_test, y_test = arrays
    classes = int(y.max()) + 1
    moved = classifier("transfer", x.shape[1:], classes, seed, scaling=scaling, backbone=backbone)
    before = [weights.copy() for weights in moved.get_layer("backbone").get_weights()]
    fit_on_spark(moved, x, y, seed, epochs=60, batch_size=20)
    for old, new in zip(before, moved.get_layer("backbone").get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)
    scratch = classifier(same, x.shape[1:], classes, seed, scaling=scaling)
    fit_on_spark(scratch, x, y, seed, epochs=60, batch_size=20)
    return {
        "transfer": accuracy(moved, x_test, y_test),
        f"{same} from scratch": accuracy(scratch, x_test, y_test),
        "logistic regression": logistic(x, y, x_test, y_test),
        "the commonest class": float(np.bincount(y_test).max() / len(y_test)),
    }
