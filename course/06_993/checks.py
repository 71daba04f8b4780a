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
    said, expected = shift(images.copy(), 2, 1), moved(images, 2, 1)
    if np.shape(said) != images.shape:
        return wrong(f"Images {images.shape} become {np.shape(said)}.", "The size of the images stays; cut it out.")
    told = (
        (
            np.roll(images, (2, 1), axis=(1, 2)),
            "What leaves the image comes in again from the other side. Zeros should.",
        ),
        (moved(images, 1, 2), "You have down and right swapped: axis 1 is the height."),
        (moved(images, -2, -1), "They move up and to the left."),
    )
    if not np.array_equal(said, expected):
        return wrong("Moved down by 2 and right by 1, it is not as expected.", hint_for(said, told, move_them.hints[1]))
    for down, right_ in ((-1, -3), (0, 0), (0, 2), (2, -1)):
        if not np.array_equal(shift(images.copy(), down, right_), moved(images, down, right_)):
            words = f"Moved down by {down} and right by {right_}, it is not as expected."
            return wrong(words, "Zero and negative numbers: beware of slices such as [:-0].")
    return right("25 images of each, if it may go two pixels each way.")


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
    said = drop(x.copy(), 0.2, np.random.default_rng(0))
    if said is None:
        return wrong("It returns nothing.", drop_units.hints[0])
    if np.shape(said) != x.shape:
        return wrong(f"An array {x.shape} becomes {np.shape(said)}.", drop_units.hints[0])
    said = np.asarray(said, float)
    zeros, rest = float(np.mean(said == 0)), said[said != 0]
    if abs(zeros - 0.8) < 0.02:
        return wrong("At a rate of 0.2, 80 % become zero.", "You kept what was to be dropped: stays where >= rate.")
    if abs(zeros - 0.2) > 0.05:
        return wrong(f"At a rate of 0.2, a share of {zeros:.2f} becomes zero.", drop_units.hints[0])
    if np.std((said == 0).mean(axis=1)) > 0.1:
        return wrong("A row keeps all of its units, or none.", "Draw for each number: rng.random(x.shape).")
    if np.std((said == 0).mean(axis=0)) > 0.1:
        return wrong("All rows lose the same units.", "Every row has zeros at the same place. Draw for each number.")
    return _by_chance(drop, x, said) or _size(said, rest, zeros)


def _by_chance(drop, x, said):
    """Return what is wrong with where a dropout's chance comes from, or None."""
    again, other = (drop(x.copy(), 0.2, np.random.default_rng(seed)) for seed in (0, 1))
    if not np.array_equal(said, again) or np.array_equal(said, other):
        return wrong("It does not draw from `rng`.", "rng.random(x.shape): so a seed can be named outside.")
    return None


def _size(said, rest, zeros):
    """Judge what became of the numbers that stay: 2 of them are to become 2.5."""
    if np.allclose(rest, 2.5):
        return right(f"{zeros:.1%} are zero, and the mean stays {said.mean():.2f}.")
    if np.allclose(rest, 2.0):
        return wrong("What comes out is smaller on average.", "Make up for what was dropped: / (1 - rate).")
    if np.allclose(rest, 1.6):
        return wrong("What stays gets smaller as well.", "It should get larger: divide, do not multiply.")
    return wrong(f"A 2 that stays becomes {rest[0]:.3g}; expected 2 / 0.8.", drop_units.hints[1])


@exercise(
    "6.3",
    "The mean of several",
    baseline="the best member alone.",
    hints=(
        "Axis 0 are the members: take the mean over it. What is left is (rows, classes).",
        "np.mean(said, axis=0).argmax(axis=1)",
    ),
)
def the_mean_of_several(together):
    """Judge an ensemble of three members, six rows and five classes."""
    said = opinions()
    votes = said.argmax(axis=2).T
    voted = tuple(int(np.bincount(row).argmax()) for row in votes)
    expected, answer = [0, 4, 2, 1, 2, 0], together(said)
    if answer is None:
        return wrong("It returns nothing.", the_mean_of_several.hints[0])
    if np.shape(answer) == (6, 5):
        return wrong("These are probabilities still.", "And which class has the largest one? argmax(axis=1).")
    if np.shape(answer) == (3,):
        return wrong("You have one answer of each member.", "Take the mean over members, axis 0, and keep the rows.")
    if np.shape(answer) != (6,):
        return wrong(f"For 6 rows the answer has the shape {np.shape(answer)}.", the_mean_of_several.hints[0])
    answer = np.asarray(answer).astype(int).tolist()
    if answer == expected:
        return right("One that is sure outweighs two that are not.")
    told = {
        voted: "That is a vote. In row 0, one member is sure and two hardly lean the other way.",
        tuple(np.round(said.argmax(axis=2).mean(axis=0)).astype(int)): "A mean of digits: they are names, not amounts.",
        tuple(said[0].argmax(axis=1)): "That is the first member alone.",
        tuple(said.max(axis=0).argmax(axis=1)): "You follow the surest member alone; take the mean of all.",
        tuple(said.prod(axis=0).argmax(axis=1)): "In a product one member that says 0 decides alone; take the mean.",
    }
    return wrong(f"The classes are {answer}.", told.get(tuple(answer), the_mean_of_several.hints[0]))


@exercise(
    "6.4",
    "Accuracy per digit",
    baseline="one figure for all, which hides the worst one.",
    hints=(
        "labels == 5 marks the images of a five. What was said of these?",
        "np.mean(said[labels == digit] == digit) for each digit from 0 to 9.",
    ),
)
def accuracy_per_digit(per_digit):
    """Judge a recall for each digit."""
    labels = np.repeat(np.arange(10), np.arange(5, 15))
    said = np.where(np.arange(95) % 4 == 0, (labels + 1) % 10, labels)
    answer = per_digit(labels, said)
    if answer is None:
        return wrong("It returns nothing.", accuracy_per_digit.hints[0])
    if np.shape(answer) != (10,):
        return wrong(f"The answer has the shape {np.shape(answer)}; expected (10,).", accuracy_per_digit.hints[1])
    digits = range(10)
    if np.allclose(answer, [np.mean(said[labels == d] == d) for d in digits]):
        return right("Its name in books is recall. For ten equally common digits their mean is the accuracy.")
    told = (
        (
            [np.mean(labels[said == d] == d) for d in digits],
            "Of those that were read as a 5, you counted the true ones.",
        ),
        (
            [np.mean((labels == d) & (said == d)) for d in digits],
            "You divide by all images, not by those of the digit.",
        ),
        ([np.sum(said[labels == d] == d) for d in digits], "These are counts; a share is wanted."),
    )
    return wrong("The ten numbers are others than expected.", hint_for(answer, told, accuracy_per_digit.hints[0]))


@exercise(
    "6.5",
    "Give or take",
    baseline="a figure with four digits and nothing said of its chance.",
    hints=("The formula stands above; do not forget to double it.", "2 * np.sqrt(share * (1 - share) / rows)"),
)
def give_and_take(give_or_take):
    """Judge two standard errors of a share."""
    share, rows = 0.9, 400
    said = give_or_take(share, rows)
    if said is None:
        return wrong("It returns nothing.", give_and_take.hints[0])
    said = float(said)
    if np.isclose(said, 0.03) and not np.isclose(give_or_take(0.5, 100), 0.1):
        return wrong(f"0.5 on 100 images: {give_or_take(0.5, 100):.4g}; expected 0.1.", give_and_take.hints[1])
    if np.isclose(said, 0.03):
        return right("0.9 on 400 images: 0.87 to 0.93. Four times the images halve it.")
    told = (
        (0.015, "That is one standard error; two were asked."),
        (2 * 0.09 / 400, "The root is missing."),
        (2 * 0.09 / 20, "All of it stands under the root, not only the rows."),
    )
    return wrong(f"0.9 on 400 images: {said:.4g}; expected 0.03.", hint_for(said, told, give_and_take.hints[1]))


@exercise(
    "6.6",
    "Who is not beaten",
    baseline="a board by accuracy alone, which the largest ensemble wins.",
    hints=(
        "For each model ask all others: is one at least as good in both, and better in one?",
        "any(a >= accuracy and p <= parameters and (a > accuracy or p < parameters) for _, a, p in models)",
    ),
)
def who_is_not_beaten(not_beaten):
    """Judge who is on the front of accuracy and size."""
    models = [("a", 0.9, 100), ("b", 0.95, 200), ("c", 0.95, 300), ("d", 0.8, 100), ("e", 0.99, 900), ("f", 0.97, 1000)]
    said = not_beaten([*models, ("g", 0.99, 900)])
    if said is None:
        return wrong("It returns nothing.", who_is_not_beaten.hints[0])
    if any(not isinstance(each, str) for each in said):
        return wrong("You return whole models, or numbers.", "The names only: the first of the three.")
    said = sorted(said)
    told = {
        "e": "That is the most accurate one only. Who is as good with less?",
        "ad": "These are the smallest only. A larger one may be more accurate.",
        "a": "That is the smallest one only. A larger one may be more accurate.",
        "abcdeg": "c is as accurate as b and larger: a model that is equal in one and worse in the other is beaten.",
        "ab": "e and g are equal; neither beats the other.",
        "": "Every model is at least as good as itself: it is not to be beaten by itself.",
    }
    if "".join(said) == "abeg":
        return right("a, b and e (and g, its equal): the rest is worse in one thing and better in none.")
    return wrong(f"You keep {', '.join(said) or 'nobody'}.", told.get("".join(said), who_is_not_beaten.hints[0]))


def moved(images, down, right):
    """Return images moved, with zeros coming in."""
    height, width = images.shape[1:]
    wide = np.pad(images, ((0, 0), (height, height), (width, width)))
    return wide[:, height - down : 2 * height - down, width - right : 2 * width - right]


def opinions():
    """Return what three members say of six rows of five classes.

    In row 0 one is sure, two lean the other way; in row 4 the first and the surest are alone; in row 5 one says 0.
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


def hint_for(said, told, otherwise):
    """Return the words that belong to the known wrong answer that equals ``said``."""
    for answer, words in told:
        if np.shape(answer) == np.shape(said) and np.allclose(answer, said):
            return words
    return otherwise
