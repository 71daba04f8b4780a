"""Wrong answers that learners give in lesson 11."""

from sparkeras.course.exercise import Mistake


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


def head(body="backbone", classes=5, fit="moved.fit(x_few, y_few, epochs=epochs, batch_size=20, verbose=0)"):
    """Return an answer to 11.3 with another part."""
    layers = f'{body}, keras.layers.Dense(64, activation="relu"), keras.layers.Dense({classes}, activation="softmax")'
    return f"""moved = keras.Sequential([keras.Input((28, 28, 1)), {layers}])
moved.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
{fit}"""


def batches(part="train", augment='keras.layers.RandomFlip("horizontal")'):
    """Return an answer to 11.5 with another part, or another augmentation."""
    return f'batches = datasets.ImageBatches(folder, "{part}", size=48, batch_size=16, augment={augment})'


def folds(order="np.random.default_rng(seed).permutation(count)", train="np.concatenate(folds[:i] + folds[i + 1 :])"):
    """Return an answer to 11.6 in another order, or with other training rows."""
    return f"folds = np.array_split({order}, 5)\nreturn [({train}, folds[i]) for i in range(5)]"


MISTAKES = {
    "11.1": (
        Mistake("not frozen", backbone("old.layers[:6]", frozen=False), "may still change"),
        Mistake("the whole network", backbone("old.layers"), "of the digits 0 to 4"),
        Mistake("behind the dense layer", backbone("old.layers[:7]"), "64 numbers"),
        Mistake("fresh weights", backbone("small_cnn((28, 28, 1), 5).layers[:6]"), "not those of `old`"),
    ),
    "11.2": (
        Mistake("labels 5 to 9", chosen("y_train[chosen]"), "counted from 0"),
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
            "will be tested with",
        ),
    ),
    "11.3": (
        Mistake("not trained", head(fit=""), "has not learned"),
        Mistake("no backbone", head(body="keras.layers.Flatten()", fit=""), "does not use"),
        Mistake("ten classes", head(classes=10, fit=""), "per image"),
        Mistake(
            "frozen too late",
            "backbone.trainable = True\n" + head() + "\nbackbone.trainable = False",
            "have changed",
        ),
    ),
    "11.4": (
        Mistake("nearly", "return all(np.allclose(a, b) for a, b in zip(before, after))", "hundred-millionth"),
        Mistake("the first one only", "return np.array_equal(before[0], after[0])", "each array"),
        Mistake("sums", "return sum(a.sum() for a in before) == sum(a.sum() for a in after)", "change places"),
        Mistake("as many as there are", "return all(np.array_equal(a, b) for a, b in zip(before, after))", "missing"),
    ),
    "11.5": (
        Mistake("no augmentation", batches(augment="None"), "not augmented"),
        Mistake("upside down, too", batches(augment="keras.layers.RandomFlip()"), "turns images upside down"),
        Mistake("the test part", batches(part="test"), "They are the test part"),
        Mistake("the usual size", "batches = datasets.ImageBatches(folder, batch_size=16)", "pixels a side"),
    ),
    "11.6": (
        Mistake("not shuffled", folds("np.arange(count)"), "one class"),
        Mistake("all rows train", folds(train="np.arange(count)"), "tells nothing about new rows"),
        Mistake(
            "five dice",
            "rng = np.random.default_rng(seed)\norders = [rng.permutation(count) for _ in range(5)]\n"
            "return [(order[count // 5 :], order[: count // 5]) for order in orders]",
            "never tested",
        ),
    ),
}
