"""Lesson 11: few images, and folders of photos.

Runs on: driver.
"""

import numpy as np

from sparkeras.course import in_lessons
from sparkeras.course.checks import few_images
from sparkeras.course.exercise import Mistake, exercise, right, wrong


@exercise(
    "11.1",
    "Cut and freeze",
    baseline="a network with fresh weights, which has seen nothing.",
    hints=(
        "Layer number 5 of `old` is Flatten; a new model may use layers that are trained already.",
        "backbone = keras.Sequential([keras.Input((28, 28, 1)), *old.layers[:6]]); backbone.trainable = False",
    ),
    mistakes=(
        Mistake("not frozen", few_images.backbone("old.layers[:6]", frozen=False), "may still change"),
        Mistake("the whole network", few_images.backbone("old.layers"), "of the digits 0 to 4"),
        Mistake("behind the dense layer", few_images.backbone("old.layers[:7]"), "64 numbers"),
        Mistake("fresh weights", few_images.backbone("small_cnn((28, 28, 1), 5).layers[:6]"), "not those of `old`"),
    ),
)
def cut_and_freeze(backbone, old, x_test):
    """Judge a frozen part of a trained network."""
    import keras

    if not isinstance(backbone, keras.Model):
        return wrong("`backbone` is no model.", cut_and_freeze.hints[1])
    rows = np.asarray(x_test[:3], "float32")
    said = np.asarray(backbone.predict(rows, verbose=0))
    whole = keras.Model(old.inputs, old.layers[5].output).predict(rows, verbose=0)
    if said.ndim != 2 and said.size == whole.size:
        return wrong("It gives an image of numbers, and no row: Flatten is missing.", "The slice [:5] ends before 5.")
    if said.size != whole.size:
        count = said.size // len(rows)
        if count == old.output_shape[-1]:
            return wrong("It says probabilities of the digits 0 to 4.", "Cut before the dense layers: old.layers[:6].")
        behind = "64 numbers behind the dense layer are about 0 to 4 only. " if count == 64 else ""
        return wrong(f"It gives {count:,} numbers per image.", f"{behind}Cut at Flatten, number 5: old.layers[:6].")
    if not np.allclose(said.reshape(whole.shape), whole, atol=1e-4):
        return wrong("Its weights are not those of `old`.", "Use the layers of `old` themselves.")
    if backbone.trainable_weights:
        return wrong("Its weights may still change.", "backbone.trainable = False")
    return right(f"{whole.shape[1]:,} numbers per image, and nothing in it learns any more.")


@exercise(
    "11.2",
    "Twenty of each",
    baseline="thousands of each, which `old` had.",
    hints=(
        "np.flatnonzero(y_train == 5) are the rows of all fives; rng.choice(rows, 20, replace=False) takes twenty.",
        "A loop over range(5, 10), np.concatenate of the chosen rows, and y_train[chosen] - 5.",
    ),
    mistakes=(
        Mistake("labels 5 to 9", few_images.chosen("y_train[chosen]"), "counted from 0"),
        Mistake(
            "any hundred",
            "chosen = rng.choice(np.flatnonzero(y_train >= 5), 5 * each - 1, replace=False)\n"
            "x_few, y_few = x_train[chosen], y_train[chosen] - 5",
            "not twenty",
        ),
        Mistake(
            "test images",
            "chosen = np.concatenate([np.flatnonzero(y_test == digit)[:20] for digit in range(5, 10)])\n"
            "x_few, y_few = x_test[chosen], y_test[chosen] - 5",
            "to be tested with",
        ),
    ),
)
def twenty_of_each(x_few, y_few, each, x_train, y_train, x_test):
    """Judge a choice of training images and their new labels."""
    if np.ndim(y_few) != 1:
        return wrong(f"y_few has the shape {np.shape(y_few)}.", "One whole number for each image: (rows,).")
    classes, counts = np.unique(y_few, return_counts=True)
    if np.shape(x_few)[1:] != np.shape(x_train)[1:] or len(x_few) != len(y_few):
        return wrong(f"The shapes are {np.shape(x_few)} and {np.shape(y_few)}.", "A hundred images and their classes.")
    if classes.max() > 4:
        return wrong(f"The classes are {classes.tolist()}.", "The outputs are counted from 0: take 5 away.")
    if classes.tolist() != [0, 1, 2, 3, 4] or set(counts) != {each}:
        return wrong(f"Of the classes {classes.tolist()} there are {counts.tolist()}.", "That is not twenty of each.")
    known = few_images.rows_by_bytes(x_train, np.asarray(y_train))
    if len({np.ascontiguousarray(image).tobytes() for image in x_few}) < len(x_few):
        return wrong("Some images are there twice.", "replace=False draws each one at most once.")
    found = [known.get(np.ascontiguousarray(image).tobytes()) for image in x_few]
    if None in found:
        tests = few_images.rows_by_bytes(x_test, np.zeros(len(x_test), int))
        if all(np.ascontiguousarray(image).tobytes() in tests for image in x_few):
            return wrong("These images are in the test part.", "The networks are to be tested with them: x_train.")
        return wrong("These are no training images.", "x_few = x_train[chosen], unchanged.")
    if found != [label + 5 for label in np.asarray(y_few).tolist()]:
        return wrong("Images and classes do not belong together.", "Index both with the same rows.")
    return right("A hundred images, five classes. That is all that the new network gets.")


@exercise(
    "11.3",
    "A new head",
    baseline="logistic regression on the pixels of the same hundred images, about 0.87.",
    hints=(
        "A model may stand in a Sequential like a layer: keras.Sequential([keras.Input(...), backbone, ...]).",
        'Then Dense(64, activation="relu"), Dense(5, activation="softmax"), compile, fit(x_few, y_few, ...).',
    ),
    mistakes=(
        Mistake("not trained", few_images.head(fit=""), "has not learned"),
        Mistake("no backbone", few_images.head(body="keras.layers.Flatten()", fit=""), "does not use"),
        Mistake("ten classes", few_images.head(classes=10, fit=""), "per image"),
        Mistake(
            "frozen too late",
            "backbone.trainable = True\n" + few_images.head() + "\nbackbone.trainable = False",
            "have changed",
        ),
    ),
)  # fmt: skip
def a_new_head(moved, backbone, before, x_unseen, y_unseen):
    """Judge a frozen backbone with a trained head."""
    return few_images.judge_head(moved, backbone, before, x_unseen, y_unseen, in_lessons.sampled())


@exercise(
    "11.4",
    "Bit for bit",
    baseline="np.allclose, which overlooks small changes.",
    hints=(
        "np.array_equal(a, b) compares two arrays number by number; there are several arrays.",
        "len(before) == len(after) and all(np.array_equal(a, b) for a, b in zip(before, after))",
    ),
    mistakes=(
        Mistake("nearly", "return all(np.allclose(a, b) for a, b in zip(before, after))", "hundred-millionth"),
        Mistake("the first one only", "return np.array_equal(before[0], after[0])", "each array"),
        Mistake("sums", "return sum(a.sum() for a in before) == sum(a.sum() for a in after)", "change places"),
        Mistake("as many as there are", "return all(np.array_equal(a, b) for a, b in zip(before, after))", "missing"),
    ),
)
def bit_for_bit(unchanged):
    """Judge a comparison of weights."""
    same = [np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([0.5, -0.5])]
    copy = [each.copy() for each in same]
    if unchanged(same, copy) is None:
        return wrong("It returns nothing.", bit_for_bit.hints[0])
    if not unchanged(same, copy):
        return wrong("It says False of two lists with the very same numbers.", bit_for_bit.hints[1])
    cases = (
        ([same[0], np.array([0.5, -0.6])], "A change in the second array is overlooked.", "Compare each array."),
        ([np.array([[2.0, 1.0], [3.0, 4.0]]), same[1]], "Two numbers change places, and it says nothing has changed.",
         "Compare number by number."),
        ([same[0] + 1e-8, same[1]], "A change by a hundred-millionth is overlooked.", "np.array_equal, not allclose."),
        ([same[0]], "The second array is missing, and it says nothing has changed.", "zip ends with the shorter list: "
         "compare the lengths, too."),
        ([*same, same[1]], "There is one array too many, and it says nothing has changed.", "zip ends with the shorter "
         "list: compare the lengths."),
    )  # fmt: skip
    for after, message, hint in cases:
        if unchanged(same, after):
            return wrong(message, hint)
    return right("No number may change, be it ever so little. That is what frozen means.")


@exercise(
    "11.5",
    "Batches that turn",
    baseline="the same photos, each seen in one way only.",
    hints=(
        'datasets.ImageBatches(folder, "train", size=..., batch_size=..., augment=...)',
        'size=48, batch_size=16, augment=keras.layers.RandomFlip("horizontal")',
    ),
    mistakes=(
        Mistake("no augmentation", few_images.batches(augment="None"), "as they are"),
        Mistake("upside down, too", few_images.batches(augment="keras.layers.RandomFlip()"), "on their heads"),
        Mistake("the test part", few_images.batches(part="test"), "part to test with"),
        Mistake("the usual size", "batches = datasets.ImageBatches(folder, batch_size=16)", "pixels a side"),
    ),
)
def batches_that_turn(batches, folder):
    """Judge the batches of a folder of photos."""
    return few_images.judge_batches(batches, folder)


@exercise(
    "11.6",
    "Five folds",
    baseline="one split, whose answer depends on which photos it got.",
    hints=(
        "Shuffle all row numbers once, cut them into five parts; part i tests, the other four train.",
        "folds = np.array_split(np.random.default_rng(seed).permutation(count), 5), then np.concatenate the others.",
    ),
    mistakes=(
        Mistake("not shuffled", few_images.folds("np.arange(count)"), "one class"),
        Mistake("all rows train", few_images.folds(train="np.arange(count)"), "learned by heart"),
        Mistake(
            "five dice",
            "rng = np.random.default_rng(seed)\norders = [rng.permutation(count) for _ in range(5)]\n"
            "return [(order[count // 5 :], order[: count // 5]) for order in orders]",
            "never tested",
        ),
    ),
)
def five_times(five_folds):
    """Judge five folds of row numbers."""
    count = 23
    pairs = five_folds(count, 1)
    if pairs is None:
        return wrong("It returns nothing.", five_times.hints[0])
    pairs = [tuple(np.asarray(part) for part in pair) for pair in pairs]
    if len(pairs) != 5:
        return wrong(f"It gives {len(pairs)} pairs.", "Five folds, five pairs.")
    return few_images.judge_folds(pairs, count) or few_images.judge_seeds(five_folds, count, pairs)
