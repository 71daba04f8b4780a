"""Lesson 11: few images, and folders of photos.

Runs on: driver.
"""

import numpy as np

from sparkeras.course import in_lessons
from sparkeras.course.exercise import exercise, right, wrong

LEAST = 0.5  # accuracy of a head that has learned something, in a lesson in seconds as well; chance is 0.2


@exercise(
    "11.1",
    "Cut and freeze",
    baseline="a network with fresh weights, which has seen nothing.",
    hints=(
        "Layer number 5 of `old` is Flatten; a new model may use layers that are trained already.",
        "backbone = keras.Sequential([keras.Input((28, 28, 1)), *old.layers[:6]]); backbone.trainable = False",
    ),
)
def cut_and_freeze(backbone, old, x_test):
    """Judge a frozen part of a trained network."""
    import keras

    if not isinstance(backbone, keras.Model):
        return wrong("`backbone` is not a model.", cut_and_freeze.hints[1])
    rows = np.asarray(x_test[:3], "float32")
    outputs = np.asarray(backbone.predict(rows, verbose=0))
    whole = keras.Model(old.inputs, old.layers[5].output).predict(rows, verbose=0)
    if outputs.ndim != 2 and outputs.size == whole.size:
        return wrong(
            "It returns an image of numbers instead of a row: Flatten is missing.", "The slice [:5] ends before 5."
        )
    if outputs.size != whole.size:
        count = outputs.size // len(rows)
        if count == old.output_shape[-1]:
            return wrong(
                "It returns the probabilities of the digits 0 to 4.", "Cut before the dense layers: old.layers[:6]."
            )
        note = "The 64 numbers after the dense layer are made for 0 to 4 only. " if count == 64 else ""
        return wrong(f"For one image it returns {count:,} numbers.", f"{note}Cut at Flatten, number 5: old.layers[:6].")
    if not np.allclose(outputs.reshape(whole.shape), whole, atol=1e-4):
        return wrong("Its weights are not those of `old`.", "Use the layers of `old` themselves.")
    if backbone.trainable_weights:
        return wrong("Its weights may still change.", "backbone.trainable = False")
    return right(f"It returns {whole.shape[1]:,} numbers per image, and none of its weights changes any more.")


@exercise(
    "11.2",
    "Twenty of each",
    baseline="thousands of each, which `old` had.",
    hints=(
        "np.flatnonzero(y_train == 5) are the rows of all fives; rng.choice(rows, 20, replace=False) takes twenty.",
        "A loop over range(5, 10), np.concatenate of the chosen rows, and y_train[chosen] - 5.",
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
        return wrong(f"The classes are {classes.tolist()}.", "The outputs are counted from 0: subtract 5.")
    if classes.tolist() != [0, 1, 2, 3, 4] or set(counts) != {each}:
        return wrong(f"Of the classes {classes.tolist()} there are {counts.tolist()}.", "That is not twenty of each.")
    known = rows_by_bytes(x_train, np.asarray(y_train))
    if len({np.ascontiguousarray(image).tobytes() for image in x_few}) < len(x_few):
        return wrong("Some images are there twice.", "replace=False draws each one at most once.")
    found = [known.get(np.ascontiguousarray(image).tobytes()) for image in x_few]
    if None in found:
        tests = rows_by_bytes(x_test, np.zeros(len(x_test), int))
        if all(np.ascontiguousarray(image).tobytes() in tests for image in x_few):
            return wrong(
                "These images are in the test part.", "The networks will be tested with them: take images of x_train."
            )
        return wrong("These are not training images.", "x_few = x_train[chosen], unchanged.")
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
)
def a_new_head(moved, backbone, before, x_unseen, y_unseen):
    """Judge a frozen backbone with a trained head."""
    return judge_head(moved, backbone, before, x_unseen, y_unseen, in_lessons.sampled())


@exercise(
    "11.4",
    "Bit for bit",
    baseline="np.allclose, which overlooks small changes.",
    hints=(
        "np.array_equal(a, b) compares two arrays number by number; there are several arrays.",
        "len(before) == len(after) and all(np.array_equal(a, b) for a, b in zip(before, after))",
    ),
)
def bit_for_bit(unchanged):
    """Judge a comparison of weights."""
    same = [np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([0.5, -0.5])]
    copy = [each.copy() for each in same]
    if unchanged(same, copy) is None:
        return wrong("It returns nothing.", bit_for_bit.hints[0])
    if not unchanged(same, copy):
        return wrong("It returns False for two lists with the same numbers.", bit_for_bit.hints[1])
    cases = (
        ([same[0], np.array([0.5, -0.6])], "A change in the second array is overlooked.", "Compare each array."),
        ([np.array([[2.0, 1.0], [3.0, 4.0]]), same[1]], "Two numbers change places, and it does not notice.",
         "Compare number by number."),
        ([same[0] + 1e-8, same[1]], "A change by a hundred-millionth is overlooked.", "np.array_equal, not allclose."),
        ([same[0]], "The second array is missing, and it does not notice.", "zip ends with the shorter list: "
         "compare the lengths, too."),
        ([*same, same[1]], "There is one array too many, and it does not notice.", "zip ends with the shorter "
         "list: compare the lengths."),
    )  # fmt: skip
    for after, message, hint in cases:
        if unchanged(same, after):
            return wrong(message, hint)
    return right("No number may change, not even by a little: that is what frozen means.")


@exercise(
    "11.5",
    "Batches that turn",
    baseline="the same photos, each seen in one way only.",
    hints=(
        'datasets.ImageBatches(folder, "train", size=..., batch_size=..., augment=...)',
        'size=48, batch_size=16, augment=keras.layers.RandomFlip("horizontal")',
    ),
)
def batches_that_turn(batches, folder):
    """Judge the batches of a folder of photos."""
    return judge_batches(batches, folder)


@exercise(
    "11.6",
    "Five folds",
    baseline="one split, whose answer depends on which photos it got.",
    hints=(
        "Shuffle all row numbers once, cut them into five parts; part i tests, the other four train.",
        "folds = np.array_split(np.random.default_rng(seed).permutation(count), 5), then np.concatenate the others.",
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
    return judge_folds(pairs, count) or judge_seeds(five_folds, count, pairs)


def rows_by_bytes(images, labels):
    """Return {an image's bytes: its label} for images of the digits 5 to 9, or of all with labels of 0."""
    wanted = np.flatnonzero((labels >= 5) | (labels.max() == 0))
    return {np.ascontiguousarray(images[row]).tobytes(): int(labels[row]) for row in wanted}


def judge_head(moved, backbone, before, x, y, sampled):
    """Judge a backbone with a new head."""
    if not hasattr(moved, "output_shape"):
        return wrong(
            f"`moved` is of type {type(moved).__name__}.", "Keep the model; compile and fit in lines of their own."
        )
    if tuple(moved.output_shape[1:]) != (5,):
        return wrong(
            f"Its output shape is {moved.output_shape[1:]} per image.", 'Five classes: Dense(5, activation="softmax").'
        )
    inside = {id(each) for each in moved.weights}
    if not all(id(each) in inside for each in backbone.weights):
        return wrong("It does not use the backbone.", "Put the backbone into the list of layers, like a layer.")
    if backbone.trainable_weights:
        return wrong(
            "The backbone's weights are trainable.", "Freeze it before you compile: backbone.trainable = False."
        )
    if not all(map(np.array_equal, before, backbone.get_weights())):
        return wrong("The backbone's weights have changed.", "Freeze it before you compile and train.")
    predicted = moved.predict(x[:500], batch_size=500, verbose=0)
    if not np.allclose(predicted.sum(axis=1), 1, atol=1e-3):
        return wrong("Its five outputs are not probabilities.", 'The last layer: Dense(5, activation="softmax").')
    share = float(np.mean(predicted.argmax(axis=1) == y[:500]))
    if share > 0.995 and not sampled:
        return wrong(f"Its accuracy is {share:.3f}: too good for a hundred images.", "x_unseen is to test with only.")
    if share < LEAST:
        return wrong(
            f"Its accuracy on unseen images is {share:.2f}: it has not learned yet.", "moved.fit(x_few, y_few)"
        )
    return right(f"Its accuracy on unseen images is {share:.2f}, with twenty training images of each class.")


def judge_batches(batches, folder):
    """Judge batches by the images that they give."""
    from sparkeras import datasets

    if not isinstance(batches, datasets.ImageBatches):
        return wrong("`batches` is not an ImageBatches.", "datasets.ImageBatches(...)")
    if batches.size != (48, 48) or batches.batch_size != 16:
        message = f"{batches.size[0]} pixels a side, {batches.batch_size} images per batch."
        return wrong(message, "Expected 48 and 16: size=48, batch_size=16.")
    every = datasets.ImageBatches(folder, "train", size=48, batch_size=1000)[0][0]
    if batches.num_batches != -(-len(every) // 16):
        words = 'They are the test part, or of another folder: ImageBatches(folder, "train", ...).'
        return wrong("These are not the training images.", words)
    images = np.concatenate([np.asarray(batches[number][0]) for number in range(2)])
    if images.dtype == np.uint8:
        return wrong("The images are not augmented.", "augment=... changes each of them a little.")
    plain, turned = (few.reshape(len(few), -1).astype(np.float32) for few in (every, every[:, :, ::-1]))
    as_it_is, mirrored = ([(each.ravel() == known).all(axis=1).any() for each in images] for known in (plain, turned))
    if not all(a or b for a, b in zip(as_it_is, mirrored, strict=True)):
        return wrong("Some images are changed in another way.", "Use RandomFlip(\"horizontal\") and nothing else; "
                     "its default also turns images upside down.")  # fmt: skip
    if all(as_it_is):
        return wrong("No image is flipped.", 'keras.layers.RandomFlip("horizontal")')
    return right(f"{sum(mirrored)} of {len(images)} images are flipped left to right, others next time.")


def judge_folds(pairs, count):
    """Return what is wrong with five pairs of training rows and test rows, or None."""
    if any(part.dtype == bool for pair in pairs for part in pair):
        return wrong("You return masks.", "Return the numbers of the rows: np.flatnonzero(mask).")
    if all(len(train) < len(test) for train, test in pairs):
        return wrong("There are more test rows than training rows.", "Training rows come first in a pair.")
    if any(set(train.tolist()) & set(test.tolist()) for train, test in pairs):
        return wrong(
            "Test rows are training rows, too.", "A test on rows of the training tells nothing about new rows."
        )
    tests = [test.astype(int) for _, test in pairs]
    often = np.bincount(np.concatenate(tests), minlength=count)
    if (often != 1).any():
        message = f"{(often == 0).sum()} of {count} rows are never tested, {(often > 1).sum()} several times."
        left = count % 5 == (often == 0).sum() and often.max() == 1
        return wrong(message, "23 is not a multiple of 5: np.array_split." if left else "Shuffle once, then cut.")
    if any(len(train) + len(test) != count for train, test in pairs):
        return wrong("Rows are missing.", "Train on all rows of the other four folds.")
    if sorted(tests[0].tolist()) == list(range(len(tests[0]))):
        return wrong("The rows are not shuffled.", "Files are sorted by class: a fold would hold one class only.")
    return None


def judge_seeds(five_folds, count, pairs):
    """Judge folds by what the same seed and another one give."""
    same, other = (np.sort(np.asarray(next(iter(five_folds(count, seed)))[1])) for seed in (1, 2))
    if not np.array_equal(np.sort(pairs[0][1]), same):
        return wrong("The same seed gives different folds.", "np.random.default_rng(seed)")
    if np.array_equal(same, other):
        return wrong("Another seed gives the same folds.", "np.random.default_rng(seed).permutation(count)")
    return right("Each row is tested once, by a network that has not seen it.")
