"""Lesson 6: how to read 99.3 % of the digits, and the worth of such a figure.

Runs on: driver.
"""

import numpy as np

from sparkeras.course.exercise import exercise, right, wrong


@exercise(
    "6.1",
    "Move them",
    baseline="a loop over all pixels, which is right and takes a thousand times as long.",
    hints=(
        "Lay the images upon larger empty ones (np.pad), and cut out the right piece.",
        "A piece that begins further up shows the image further down: begin at height - down.",
    ),
)
def move_them(shift):
    """Judge a function that moves images."""
    images = np.arange(1, 61).reshape(2, 5, 6)
    if shift(images, 0, 0) is None:
        return wrong("It returns nothing.", move_them.hints[0])
    result, expected = shift(images.copy(), 2, 1), moved(images, 2, 1)
    if np.shape(result) != images.shape:
        return wrong(
            f"Images of the shape {images.shape} become {np.shape(result)}.",
            "The size of the images must not change: cut it out.",
        )
    hints = (
        (
            np.roll(images, (2, 1), axis=(1, 2)),
            "What leaves the image comes in again on the other side. Fill with zeros instead.",
        ),
        (moved(images, 1, 2), "You have down and right swapped: axis 1 is the height."),
        (moved(images, -2, -1), "They move up and to the left."),
    )
    if not np.array_equal(result, expected):
        return wrong(
            "Moved down by 2 and right by 1, the images are not as expected.",
            hint_for(result, hints, move_them.hints[1]),
        )
    for down, right_ in ((-1, -3), (0, 0), (0, 2), (2, -1)):
        if not np.array_equal(shift(images.copy(), down, right_), moved(images, down, right_)):
            words = f"Moved down by {down} and right by {right_}, the images are not as expected."
            return wrong(words, "Zero and negative numbers: beware of slices such as [:-0].")
    return right("With up to two pixels in each direction, one image becomes 25.")


@exercise(
    "6.2",
    "Drop",
    baseline="keras.layers.Dropout in training.",
    hints=(
        "rng.random(x.shape) is between 0 and 1. Which share of it is at least `rate`?",
        "stays = rng.random(x.shape) >= rate; return x * stays / (1 - rate)",
    ),
)
def drop_units(drop):
    """Judge dropout."""
    x = np.full((200, 300), 2.0)
    result = drop(x.copy(), 0.2, np.random.default_rng(0))
    if result is None:
        return wrong("It returns nothing.", drop_units.hints[0])
    if np.shape(result) != x.shape:
        return wrong(f"An array {x.shape} becomes {np.shape(result)}.", drop_units.hints[0])
    result = np.asarray(result, float)
    zeros, rest = float(np.mean(result == 0)), result[result != 0]
    if abs(zeros - 0.8) < 0.02:
        return wrong("At a rate of 0.2, 80 % become zero.", "You kept what was to be dropped: keep where >= rate.")
    if abs(zeros - 0.2) > 0.05:
        return wrong(f"At a rate of 0.2, a share of {zeros:.2f} becomes zero.", drop_units.hints[0])
    if np.std((result == 0).mean(axis=1)) > 0.1:
        return wrong(
            "A row keeps all of its units, or none.", "Draw a random number for each unit: rng.random(x.shape)."
        )
    if np.std((result == 0).mean(axis=0)) > 0.1:
        return wrong(
            "All rows lose the same units.",
            "Every row has zeros at the same place. Draw a random number for each unit.",
        )
    return _by_chance(drop, x, result) or _size(result, rest, zeros)


def _by_chance(drop, x, result):
    """Return what is wrong with the random numbers of a dropout, or None."""
    again, other = (drop(x.copy(), 0.2, np.random.default_rng(seed)) for seed in (0, 1))
    if not np.array_equal(result, again) or np.array_equal(result, other):
        return wrong(
            "It does not draw from `rng`.", "Use rng.random(x.shape), so that the same seed drops the same units."
        )
    return None


def _size(result, rest, zeros):
    """Judge the numbers that stay: each 2 should become 2.5."""
    if np.allclose(rest, 2.5):
        return right(f"{zeros:.1%} of the units are zero, and the mean stays {result.mean():.2f}.")
    if np.allclose(rest, 2.0):
        return wrong("The result is smaller on average.", "Scale what stays: / (1 - rate).")
    if np.allclose(rest, 1.6):
        return wrong("What stays becomes smaller as well.", "It should get larger: divide, do not multiply.")
    return wrong(f"A 2 that stays becomes {rest[0]:.3g}; expected 2 / 0.8.", drop_units.hints[1])


@exercise(
    "6.3",
    "The mean of several",
    baseline="the best member alone.",
    hints=(
        "Axis 0 are the members: take the mean over it. What is left is (rows, classes).",
        "np.mean(predictions, axis=0).argmax(axis=1)",
    ),
)
def the_mean_of_several(together):
    """Judge an ensemble of three members, six rows and five classes."""
    predictions = predictions_of_members()
    votes = predictions.argmax(axis=2).T
    voted = tuple(int(np.bincount(row).argmax()) for row in votes)
    expected, answer = [0, 4, 2, 1, 2, 0], together(predictions)
    if answer is None:
        return wrong("It returns nothing.", the_mean_of_several.hints[0])
    if np.shape(answer) == (6, 5):
        return wrong("These are still probabilities.", "Then return which class has the largest one: argmax(axis=1).")
    if np.shape(answer) == (3,):
        return wrong("You return one class for each member.", "Take the mean over members, axis 0, and keep the rows.")
    if np.shape(answer) != (6,):
        return wrong(f"For 6 rows the answer has the shape {np.shape(answer)}.", the_mean_of_several.hints[0])
    answer = np.asarray(answer).astype(int).tolist()
    if answer == expected:
        return right("One member that is sure outweighs two that are not.")
    hints = {
        voted: "That is a vote. In row 0, one member is sure, and two slightly prefer another class.",
        tuple(
            np.round(predictions.argmax(axis=2).mean(axis=0)).astype(int)
        ): "That is a mean of digits: they are names, not amounts.",
        tuple(predictions[0].argmax(axis=1)): "That is the first member alone.",
        tuple(predictions.max(axis=0).argmax(axis=1)): "You follow the surest member alone; take the mean of all.",
        tuple(
            predictions.prod(axis=0).argmax(axis=1)
        ): "In a product one probability of 0 decides alone; take the mean.",
    }
    return wrong(f"The classes are {answer}.", hints.get(tuple(answer), the_mean_of_several.hints[0]))


@exercise(
    "6.4",
    "Accuracy per digit",
    baseline="one figure for all, which hides the worst one.",
    hints=(
        "labels == 5 marks the images of a five. Which digits were predicted for these?",
        "np.mean(predicted[labels == digit] == digit) for each digit from 0 to 9.",
    ),
)
def accuracy_per_digit(per_digit):
    """Judge a recall for each digit."""
    labels = np.repeat(np.arange(10), np.arange(5, 15))
    predicted = np.where(np.arange(95) % 4 == 0, (labels + 1) % 10, labels)
    answer = per_digit(labels, predicted)
    if answer is None:
        return wrong("It returns nothing.", accuracy_per_digit.hints[0])
    if np.shape(answer) != (10,):
        return wrong(f"The answer has the shape {np.shape(answer)}; expected (10,).", accuracy_per_digit.hints[1])
    digits = range(10)
    if np.allclose(answer, [np.mean(predicted[labels == d] == d) for d in digits]):
        return right("This is called recall. For ten equally common digits the mean of all recalls is the accuracy.")
    hints = (
        (
            [np.mean(labels[predicted == d] == d) for d in digits],
            "You divide by the images that were read as a 5, not by those that show one.",
        ),
        (
            [np.mean((labels == d) & (predicted == d)) for d in digits],
            "You divide by all images, not by those of the digit.",
        ),
        ([np.sum(predicted[labels == d] == d) for d in digits], "These are counts: divide to get a share."),
    )
    return wrong("The ten numbers differ from the expected ones.", hint_for(answer, hints, accuracy_per_digit.hints[0]))


@exercise(
    "6.5",
    "Give or take",
    baseline="a figure with four digits and without a standard error.",
    hints=("The formula is above; do not forget to double it.", "2 * np.sqrt(share * (1 - share) / rows)"),
)
def give_and_take(give_or_take):
    """Judge two standard errors of a share."""
    share, rows = 0.9, 400
    result = give_or_take(share, rows)
    if result is None:
        return wrong("It returns nothing.", give_and_take.hints[0])
    result = float(result)
    if np.isclose(result, 0.03) and not np.isclose(give_or_take(0.5, 100), 0.1):
        return wrong(f"0.5 on 100 images: {give_or_take(0.5, 100):.4g}; expected 0.1.", give_and_take.hints[1])
    if np.isclose(result, 0.03):
        return right("0.9 on 400 images: 0.87 to 0.93. Four times as many images halve the standard error.")
    hints = (
        (0.015, "That is one standard error; return twice as much."),
        (2 * 0.09 / 400, "The root is missing."),
        (2 * 0.09 / 20, "The whole fraction belongs under the root, not only the rows."),
    )
    return wrong(f"0.9 on 400 images: {result:.4g}; expected 0.03.", hint_for(result, hints, give_and_take.hints[1]))


@exercise(
    "6.6",
    "Who is not beaten",
    baseline="a board by accuracy alone, which the largest ensemble wins.",
    hints=(
        "Compare each model with all others: is one at least as good in both, and better in one?",
        "any(a >= accuracy and p <= parameters and (a > accuracy or p < parameters) for _, a, p in models)",
    ),
)
def who_is_not_beaten(not_beaten):
    """Judge who is on the front of accuracy and size."""
    models = [("a", 0.9, 100), ("b", 0.95, 200), ("c", 0.95, 300), ("d", 0.8, 100), ("e", 0.99, 900), ("f", 0.97, 1000)]
    result = not_beaten([*models, ("g", 0.99, 900)])
    if result is None:
        return wrong("It returns nothing.", who_is_not_beaten.hints[0])
    if any(not isinstance(each, str) for each in result):
        return wrong("You return whole models, or numbers.", "The names only: the first of the three.")
    result = sorted(result)
    hints = {
        "e": "That is the most accurate one only. A model that is smaller may not be beaten either.",
        "ad": "These are the smallest only. A larger one may be more accurate.",
        "a": "That is the smallest one only. A larger one may be more accurate.",
        "abcdeg": "c is as accurate as b and larger: a model that is equal in one and worse in the other is beaten.",
        "ab": "e and g are equal; neither beats the other.",
        "": "Every model is at least as good as itself, but it must not be beaten by itself.",
    }
    if "".join(result) == "abeg":
        return right(
            "a, b, e and g (which equals e) are not beaten. Each other model is worse in one thing and better in none."
        )
    return wrong(f"You keep {', '.join(result) or 'nobody'}.", hints.get("".join(result), who_is_not_beaten.hints[0]))


def moved(images, down, right):
    """Return images moved, with zeros coming in."""
    height, width = images.shape[1:]
    wide = np.pad(images, ((0, 0), (height, height), (width, width)))
    return wide[:, height - down : 2 * height - down, width - right : 2 * width - right]


def predictions_of_members():
    """Return the probabilities of three members for six rows and five classes.

    In row 0 one is sure, and two slightly prefer another class; in row 4 the first and the surest are alone; in row 5
    one has a probability of 0.
    """
    return np.array(
        [
            [
                [0.90, 0.02, 0.02, 0.04, 0.02],
                [0.1, 0.0, 0.0, 0.1, 0.8],
                [0.1, 0.1, 0.6, 0.1, 0.1],
                [0, 1, 0, 0, 0],
                [0.05, 0.70, 0.25, 0, 0],
                [0.9, 0.1, 0, 0, 0],
            ],
            [
                [0.35, 0.10, 0.10, 0.40, 0.05],
                [0.0, 0.1, 0.1, 0.2, 0.6],
                [0.2, 0.0, 0.7, 0.0, 0.1],
                [0, 0.8, 0, 0.2, 0],
                [0.05, 0.1, 0.55, 0.3, 0],
                [0.9, 0.1, 0, 0, 0],
            ],
            [
                [0.30, 0.10, 0.10, 0.45, 0.05],
                [0.0, 0.2, 0.1, 0.0, 0.7],
                [0.0, 0.1, 0.9, 0.0, 0.0],
                [0, 0.2, 0, 0, 0.8],
                [0.05, 0.1, 0.55, 0.3, 0],
                [0, 1, 0, 0, 0],
            ],
        ]
    )


def hint_for(result, hints, otherwise):
    """Return the hint for the known wrong answer that equals ``result``."""
    for answer, words in hints:
        if np.shape(answer) == np.shape(result) and np.allclose(answer, result):
            return words
    return otherwise
