"""What the checks of lesson 11 know of backbones, batches and folds, and the wrong answers that learners give.

Runs on: driver.
"""

import numpy as np

from sparkeras.course.exercise import right, wrong

LEAST = 0.5  # accuracy of a head that has learned something, in a lesson in seconds as well; chance is 0.2


def backbone(layers, frozen=True):
    """Return an answer to 11.1 of other layers."""
    end = "\nbackbone.trainable = False" if frozen else ""
    return f"backbone = keras.Sequential([keras.Input((28, 28, 1)), *{layers}]){end}"


def chosen(labels):
    """Return an answer to 11.2 with other labels."""
    return (
        "chosen = np.concatenate([rng.choice(np.flatnonzero(y_train == digit), each, replace=False) "
        f"for digit in range(5, 10)])\nx_few, y_few = x_train[chosen], {labels}"
    )


def rows_by_bytes(images, labels):
    """Return {an image's bytes: its label} for images of the digits 5 to 9, or of all with labels of 0."""
    wanted = np.flatnonzero((labels >= 5) | (labels.max() == 0))
    return {np.ascontiguousarray(images[row]).tobytes(): int(labels[row]) for row in wanted}


def head(body="backbone", classes=5, fit="moved.fit(x_few, y_few, epochs=epochs, batch_size=20, verbose=0)"):
    """Return an answer to 11.3 with a part made otherwise."""
    layers = f'{body}, keras.layers.Dense(64, activation="relu"), keras.layers.Dense({classes}, activation="softmax")'
    return f"""moved = keras.Sequential([keras.Input((28, 28, 1)), {layers}])
moved.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
{fit}"""


def judge_head(moved, backbone, before, x, y, sampled):
    """Judge a backbone with a new head."""
    if not hasattr(moved, "output_shape"):
        return wrong(
            f"`moved` is of type {type(moved).__name__}.", "Keep the model; compile and fit in lines of their own."
        )
    if tuple(moved.output_shape[1:]) != (5,):
        return wrong(f"It gives {moved.output_shape[1:]} per image.", 'Five classes: Dense(5, activation="softmax").')
    inside = {id(each) for each in moved.weights}
    if not all(id(each) in inside for each in backbone.weights):
        return wrong("It does not use the backbone.", "The backbone stands in the list of layers, like a layer.")
    if backbone.trainable_weights:
        return wrong("The backbone's weights learn, too.", "Freeze it before you compile: backbone.trainable = False.")
    if not all(map(np.array_equal, before, backbone.get_weights())):
        return wrong("The backbone's weights have changed.", "Freeze it before you compile and train.")
    said = moved.predict(x[:500], batch_size=500, verbose=0)
    if not np.allclose(said.sum(axis=1), 1, atol=1e-3):
        return wrong("Its five outputs are no probabilities.", 'The last layer: Dense(5, activation="softmax").')
    share = float(np.mean(said.argmax(axis=1) == y[:500]))
    if share > 0.995 and not sampled:
        return wrong(f"Its accuracy is {share:.3f}: too good for a hundred images.", "x_unseen is to test with only.")
    if share < LEAST:
        return wrong(
            f"Its accuracy on unseen images is {share:.2f}: it has not learned yet.", "moved.fit(x_few, y_few)"
        )
    return right(f"Its accuracy on unseen images is {share:.2f}, from twenty of each.")


def batches(part="train", augment='keras.layers.RandomFlip("horizontal")'):
    """Return an answer to 11.5 with another part, or another augmentation."""
    return f'batches = datasets.ImageBatches(folder, "{part}", size=48, batch_size=16, augment={augment})'


def judge_batches(batches, folder):
    """Judge batches by the images that they give."""
    from sparkeras import datasets

    if not isinstance(batches, datasets.ImageBatches):
        return wrong("`batches` is no ImageBatches.", "datasets.ImageBatches(...)")
    if batches.size != (48, 48) or batches.batch_size != 16:
        told = f"{batches.size[0]} pixels a side, {batches.batch_size} images per batch."
        return wrong(told, "Expected 48 and 16: size=48, batch_size=16.")
    every = datasets.ImageBatches(folder, "train", size=48, batch_size=1000)[0][0]
    if batches.num_batches != -(-len(every) // 16):
        words = 'They are the part to test with, or of another folder: ImageBatches(folder, "train", ...).'
        return wrong("These are not the training images.", words)
    images = np.concatenate([np.asarray(batches[number][0]) for number in range(2)])
    if images.dtype == np.uint8:
        return wrong("The images come as they are.", "augment=... changes each of them a little.")
    plain, turned = (few.reshape(len(few), -1).astype(np.float32) for few in (every, every[:, :, ::-1]))
    as_it_is, mirrored = ([(each.ravel() == known).all(axis=1).any() for each in images] for known in (plain, turned))
    if not all(a or b for a, b in zip(as_it_is, mirrored, strict=True)):
        return wrong("Some images are changed in another way.", "RandomFlip(\"horizontal\") and nothing else; its "
                     "default also puts them on their heads.")  # fmt: skip
    if all(as_it_is):
        return wrong("No image is turned.", 'keras.layers.RandomFlip("horizontal")')
    return right(f"{sum(mirrored)} of {len(images)} images are turned left to right, others next time.")


def folds(order="np.random.default_rng(seed).permutation(count)", train="np.concatenate(folds[:i] + folds[i + 1 :])"):
    """Return an answer to 11.6 in another order, or with other training rows."""
    return f"folds = np.array_split({order}, 5)\nreturn [({train}, folds[i]) for i in range(5)]"


def judge_folds(pairs, count):
    """Return what is wrong with five pairs of training rows and test rows, or None."""
    if any(part.dtype == bool for pair in pairs for part in pair):
        return wrong("You return masks.", "The numbers of the rows: np.flatnonzero makes them of a mask.")
    if all(len(train) < len(test) for train, test in pairs):
        return wrong("More rows are to test than to train.", "Training rows come first in a pair.")
    if any(set(train.tolist()) & set(test.tolist()) for train, test in pairs):
        return wrong("Test rows are training rows, too.", "What was learned by heart tests nothing.")
    tests = [test.astype(int) for _, test in pairs]
    often = np.bincount(np.concatenate(tests), minlength=count)
    if (often != 1).any():
        told = f"{(often == 0).sum()} of {count} rows are never tested, {(often > 1).sum()} several times."
        left = count % 5 == (often == 0).sum() and often.max() == 1
        return wrong(told, "23 is no multiple of 5: np.array_split." if left else "Shuffle once, then cut.")
    if any(len(train) + len(test) != count for train, test in pairs):
        return wrong("Rows are missing.", "The other four folds train, all of them.")
    if sorted(tests[0].tolist()) == list(range(len(tests[0]))):
        return wrong("The rows are not shuffled.", "Files lie class by class: a fold would hold one class only.")
    return None


def judge_seeds(five_folds, count, pairs):
    """Judge folds by what the same seed and another one give."""
    same, other = (np.sort(np.asarray(next(iter(five_folds(count, seed)))[1])) for seed in (1, 2))
    if not np.array_equal(np.sort(pairs[0][1]), same):
        return wrong("The same seed gives other folds.", "np.random.default_rng(seed)")
    if np.array_equal(same, other):
        return wrong("Another seed gives the same folds.", "np.random.default_rng(seed).permutation(count)")
    return right("Each row is tested once, by a network that has not seen it.")
