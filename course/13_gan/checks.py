"""Lesson 13: two losses, three slopes, and a verdict on made digits.

Runs on: driver.
"""

import numpy as np

from sparkeras.course.checks.made_digits import a_cheat, the_verdict
from sparkeras.course.exercise import Mistake, exercise, right, wrong

__all__ = ["a_cheat", "the_discriminators_loss", "the_generators_loss", "the_verdict", "three_slopes"]

_OF_REAL, _OF_MADE = np.array([0.9, 0.6, 0.7, 0.8]), np.array([0.1, 0.3, 0.25, 0.45])


@exercise(
    "13.1",
    "The discriminator's loss",
    baseline="1.386, twice the logarithm of 2: a discriminator that always says 0.5.",
    hints=(
        "For a real image the truth is 'real', with the probability p; for a made one it is 'made', with 1 - p.",
        "-np.mean(np.log(of_real)) is one half. The other half has 1 - of_made.",
    ),
    mistakes=(
        Mistake("real ones only", "return -np.mean(np.log(of_real))", "real images only"),
        Mistake("made ones as real", "return -np.mean(np.log(of_real)) - np.mean(np.log(of_made))", "takes for real"),
        Mistake("the sign", "return np.mean(np.log(of_real)) + np.mean(np.log(1 - of_made))", "below zero"),
        Mistake("sums", "return -np.sum(np.log(of_real)) - np.sum(np.log(1 - of_made))", "not sums"),
    ),
)
def the_discriminators_loss(discriminator_loss):
    """Judge the cross-entropy on real and made images."""
    of_real, of_made = np.log(_OF_REAL), np.log(1 - _OF_MADE)
    said = discriminator_loss(_OF_REAL, _OF_MADE)
    if said is None:
        return wrong("It returns nothing.", the_discriminators_loss.hints[0])
    if np.shape(said) != ():
        return wrong(f"It returns an array of the shape {np.shape(said)}.", "A loss is one number: take means.")
    known = (
        (-of_real.mean(), "That is the loss on real images only.", "Add that on made ones."),
        (
            -of_real.mean() - np.log(_OF_MADE).mean(),
            "So it would be paid for made images that it takes for real.",
            "Of made images it is to say 0: what is the probability of that?",
        ),
        (of_real.mean() + of_made.mean(), "The loss is below zero.", "Logarithms of probabilities are; turn the sign."),
        (-of_real.sum() - of_made.sum(), "It grows with the number of images.", "Take means, not sums."),
        (-(of_real.mean() + of_made.mean()) / 2, "That is half of it.", "Add the two means."),
    )
    if np.isclose(said, -of_real.mean() - of_made.mean()):
        return right(f"{said:.3f} for these eight images; a coin would have 1.386.")
    for value, message, hint in known:
        if np.isclose(said, value):
            return wrong(message, hint)
    return wrong(
        f"For {_OF_REAL.tolist()} and {_OF_MADE.tolist()} it says {said:.4g}.", the_discriminators_loss.hints[1]
    )


@exercise(
    "13.2",
    "The generator's loss",
    baseline="0.693, the logarithm of 2: images of which the discriminator says 0.5.",
    hints=(
        "The generator wants of_made to be 1. Which of the two curves is steep on the left?",
        "-log p, and the mean.",
    ),
    mistakes=(
        Mistake("the saturating one", "return np.mean(np.log(1 - of_made))", "flat on the left"),
        Mistake("the discriminator's", "return -np.mean(np.log(1 - of_made))", "recognised"),
        Mistake("the sign", "return np.mean(np.log(of_made))", "the worse the images"),
    ),
)
def the_generators_loss(generator_loss):
    """Judge the loss that does not saturate."""
    said = generator_loss(_OF_MADE)
    if said is None:
        return wrong("It returns nothing.", the_generators_loss.hints[0])
    if np.shape(said) != ():
        return wrong(f"It returns an array of the shape {np.shape(said)}.", "A loss is one number: take the mean.")
    answer, saturating = -np.log(_OF_MADE).mean(), np.log(1 - _OF_MADE).mean()
    if np.isclose(said, answer):
        return right("Bad images have a large loss and a steep slope: there is much to learn from them.")
    if np.isclose(said, saturating):
        return wrong("That one saturates: it is flat on the left.", "Take the other one, with log p.")
    if np.isclose(said, -saturating):
        return wrong("So the generator wants to be recognised.", "That is the discriminator's half. Turn it round.")
    if np.isclose(said, -answer):
        return wrong("It is smaller the worse the images are.", "Turn the sign: log p is below zero.")
    return wrong(f"For {_OF_MADE.tolist()} it says {said:.4g}.", the_generators_loss.hints[1])


def _slopes(place, weight, bias):
    """Return an answer to 13.3."""
    return f"return {place}, {weight}, {bias}"


_PLACE = "np.mean((of_made - 1) * weight)"
_WEIGHT = "np.mean((of_real - 1) * real) + np.mean(of_made * made)"
_BIAS = "np.mean(of_real - 1) + np.mean(of_made)"


@exercise(
    "13.3",
    "Three slopes",
    baseline="slopes measured by two nearby values of the losses, to the fourth digit.",
    hints=(
        "By z first: of_real - 1 for real numbers, of_made for made ones. Then times what z grows by.",
        "z grows by x with the weight, by 1 with the bias, by the weight with the place. Take means.",
    ),
    mistakes=(
        Mistake("no chain rule", _slopes("np.mean(of_made - 1)", _WEIGHT, _BIAS), "grows by the weight"),
        Mistake("the generator honest", _slopes("np.mean(of_made * weight)", _WEIGHT, _BIAS), "away from real"),
        Mistake("real only", _slopes(_PLACE, "np.mean((of_real - 1) * real)", _BIAS), "made numbers are missing"),
        Mistake("noise for made", _slopes(_PLACE, _WEIGHT.replace("* made", "* noise"), _BIAS), "noise + place"),
    ),
)
def three_slopes(slopes):
    """Judge the slopes of a GAN of three numbers, against measured ones."""
    rng = np.random.default_rng(0)
    at, real, noise = np.array([-1.0, 0.4, 0.3]), rng.normal(3, 1, 50), rng.normal(0, 1, 50)
    said = slopes(*at, real, noise)
    if said is None:
        return wrong("It returns nothing.", three_slopes.hints[0])
    if np.shape(said) != (3,):
        return wrong(f"It returns something of the shape {np.shape(said)}.", "Three numbers: by place, weight, bias.")
    expected = [_measured(number, at, real, noise) for number in range(3)]
    good = np.isclose(said, expected, rtol=1e-4, atol=1e-6)
    if good.all():
        return right("They are the measured slopes. Whole networks are trained by the same three lines, only longer.")
    by_place, by_weight, _ = said
    of_real, of_made = (1 / (1 + np.exp(-(at[1] * x + at[2]))) for x in (real, noise + at[0]))
    known = (
        (by_place, np.mean(of_made - 1), "The slope by place is not whole.", "With the place, z grows by the weight."),
        (by_place, np.mean(of_made * at[1]), "So made numbers flee away from real ones.", "Its loss is -log p: p - 1."),
        (by_weight, np.mean((of_real - 1) * real), "By weight, the made numbers are missing.", "Add their mean."),
        (
            by_weight,
            np.mean((of_real - 1) * real) + np.mean(of_made * noise),
            "By weight, x of a made number is wrong.",
            "The discriminator sees noise + place, which is `made`.",
        ),
    )
    for value, mistaken, message, hint in known:
        if np.isclose(value, mistaken, rtol=1e-6):
            return wrong(message, hint)
    name = ("place", "weight", "bias")[int(good.argmin())]
    place = int(good.argmin())
    return wrong(f"By {name} you say {said[place]:.4g}; measured it is {expected[place]:.4g}.", three_slopes.hints[1])


def _measured(number, at, real, noise, step=1e-5):
    """Return the slope of the player's loss by one of the three numbers, from two nearby values."""

    def loss(values):
        place, weight, bias = values
        of_real, of_made = weight * real + bias, weight * (noise + place) + bias
        if number == 0:
            return np.log1p(np.exp(-of_made)).mean()
        return np.log1p(np.exp(-of_real)).mean() + np.log1p(np.exp(of_made)).mean()

    move = step * np.eye(3)[number]
    return (loss(at + move) - loss(at - move)) / (2 * step)
