"""What the checks of lesson 6 need: moved images, opinions of several, and pieces of wrong answers.

Runs on: driver.
"""

import numpy as np

VOTE = (
    "votes = said.argmax(axis=2)\n"
    "return np.array([np.bincount(column, minlength=said.shape[2]).argmax() for column in votes.T])"
)


def moved(images, down, right):
    """Return images moved, with zeros coming in."""
    height, width = images.shape[1:]
    wide = np.pad(images, ((0, 0), (height, height), (width, width)))
    return wide[:, height - down : 2 * height - down, width - right : 2 * width - right]


def shifted(down, right):
    """Return an answer to 6.1 that moves by other numbers."""
    return (
        f"down, right, (height, width) = {down}, {right}, images.shape[1:]\n"
        "wide = np.pad(images, ((0, 0), (height, height), (width, width)))\n"
        "return wide[:, height - down : 2 * height - down, width - right : 2 * width - right]"
    )


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


def each(formula, how="mean"):
    """Return an answer to 6.4 by a formula of the digit d."""
    return f"return np.array([np.{how}({formula}) for d in range(10)])"


def unbeaten(condition):
    """Return an answer to 6.6 by another condition."""
    return f"return [name for name, accuracy, parameters in models if not any({condition} for _, a, p in models)]"


def hint(said, told, otherwise):
    """Return the words that belong to the known wrong answer that equals ``said``."""
    for answer, words in told:
        if np.shape(answer) == np.shape(said) and np.allclose(answer, said):
            return words
    return otherwise
