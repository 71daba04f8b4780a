"""Lesson 13: two losses, three slopes, and a verdict on generated digits.

Runs on: driver.
"""

import numpy as np

from sparkeras.course.exercise import exercise, right, wrong

_OF_REAL, _OF_MADE = np.array([0.9, 0.6, 0.7, 0.8]), np.array([0.1, 0.3, 0.25, 0.45])


@exercise(
    "13.1",
    "The discriminator's loss",
    baseline="1.386, twice the logarithm of 2: a discriminator that always returns 0.5.",
    hints=(
        "For a real image the truth is 'real', with the probability p; for a made one it is 'made', with 1 - p.",
        "-np.mean(np.log(of_real)) is one half. The other half has 1 - of_made.",
    ),
)
def the_discriminators_loss(discriminator_loss):
    """Judge the cross-entropy on real and made images."""
    of_real, of_made = np.log(_OF_REAL), np.log(1 - _OF_MADE)
    result = discriminator_loss(_OF_REAL, _OF_MADE)
    if result is None:
        return wrong("It returns nothing.", the_discriminators_loss.hints[0])
    if np.shape(result) != ():
        return wrong(f"It returns an array of the shape {np.shape(result)}.", "A loss is one number: take means.")
    known = (
        (-of_real.mean(), "That is the loss on real images only.", "Add that on made ones."),
        (
            -of_real.mean() - np.log(_OF_MADE).mean(),
            "This rewards it for made images that it takes for real.",
            "For made images the right answer is 0: what is the probability of that?",
        ),
        (
            of_real.mean() + of_made.mean(),
            "The loss is below zero.",
            "Logarithms of probabilities are, too: change the sign.",
        ),
        (-of_real.sum() - of_made.sum(), "It grows with the number of images.", "Take means, not sums."),
        (-(of_real.mean() + of_made.mean()) / 2, "That is half of it.", "Add the two means."),
    )
    if np.isclose(result, -of_real.mean() - of_made.mean()):
        return right(f"{result:.3f} for these eight images; always returning 0.5 would have 1.386.")
    for value, message, hint in known:
        if np.isclose(result, value):
            return wrong(message, hint)
    return wrong(
        f"For {_OF_REAL.tolist()} and {_OF_MADE.tolist()} it returns {result:.4g}.", the_discriminators_loss.hints[1]
    )


@exercise(
    "13.2",
    "The generator's loss",
    baseline="0.693, the logarithm of 2: images for which the discriminator returns 0.5.",
    hints=(
        "The generator wants of_made to be 1. Which of the two curves is steep on the left?",
        "-log p, and the mean.",
    ),
)
def the_generators_loss(generator_loss):
    """Judge the loss that does not saturate."""
    result = generator_loss(_OF_MADE)
    if result is None:
        return wrong("It returns nothing.", the_generators_loss.hints[0])
    if np.shape(result) != ():
        return wrong(f"It returns an array of the shape {np.shape(result)}.", "A loss is one number: take the mean.")
    answer, saturating = -np.log(_OF_MADE).mean(), np.log(1 - _OF_MADE).mean()
    if np.isclose(result, answer):
        return right("Bad images have a large loss and a steep slope: there is much to learn from them.")
    if np.isclose(result, saturating):
        return wrong("That loss saturates: it is flat on the left.", "Take the other one, with log p.")
    if np.isclose(result, -saturating):
        return wrong(
            "With this loss the generator wants to be recognised.",
            "That is the discriminator's part. The generator wants the opposite.",
        )
    if np.isclose(result, -answer):
        return wrong("It is smaller the worse the images are.", "Change the sign: log p is below zero.")
    return wrong(f"For {_OF_MADE.tolist()} it returns {result:.4g}.", the_generators_loss.hints[1])


@exercise(
    "13.3",
    "Three slopes",
    baseline="slopes measured by two nearby values of the losses, to the fourth digit.",
    hints=(
        "First the slope by z: of_real - 1 for real numbers, of_made for made ones. Multiply it by what z grows by.",
        "z grows by x with the weight, by 1 with the bias, by the weight with the place. Take means.",
    ),
)
def three_slopes(slopes):
    """Judge the slopes of a GAN of three numbers, against measured ones."""
    rng = np.random.default_rng(0)
    at, real, noise = np.array([-1.0, 0.4, 0.3]), rng.normal(3, 1, 50), rng.normal(0, 1, 50)
    result = slopes(*at, real, noise)
    if result is None:
        return wrong("It returns nothing.", three_slopes.hints[0])
    if np.shape(result) != (3,):
        return wrong(f"It returns the shape {np.shape(result)}.", "Expected three numbers: by place, weight, bias.")
    expected = [_measured(number, at, real, noise) for number in range(3)]
    if np.isclose(result, expected, rtol=1e-4, atol=1e-6).all():
        return right("They equal the measured slopes. Larger networks are trained by the same computation.")
    return _wrong_slopes(result, expected, at, real, noise)


def _wrong_slopes(result, expected, at, real, noise):
    """Return what is wrong with three slopes of which one is not the measured one."""
    by_place, by_weight, _ = result
    of_real, of_made = (1 / (1 + np.exp(-(at[1] * x + at[2]))) for x in (real, noise + at[0]))
    known = (
        (
            by_place,
            np.mean(of_made - 1),
            "The slope by place lacks a factor.",
            "With the place, z grows by the weight.",
        ),
        (
            by_place,
            np.mean(of_made * at[1]),
            "These slopes move made numbers away from real ones.",
            "The generator's loss is -log p, with the slope p - 1.",
        ),
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
    first = int(np.isclose(result, expected, rtol=1e-4, atol=1e-6).argmin())
    name = ("place", "weight", "bias")[first]
    return wrong(
        f"The slope by {name} is {expected[first]:.4g}, measured; you return {result[first]:.4g}.",
        three_slopes.hints[1],
    )


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


@exercise(
    "13.4",
    "The verdict",
    baseline="0.1 sure and one digit: a judge who guesses.",
    hints=(
        "chances.max(axis=1) is how sure it is of each image, chances.argmax(axis=1) which digit it sees.",
        "np.bincount(chances.argmax(axis=1), minlength=10) / len(chances) gives the shares of all ten digits.",
    ),
)
def the_verdict(verdict):
    """Judge the three numbers that a judge's probabilities give."""
    rng = np.random.default_rng(0)
    for missing in ((), (3, 7), (9,)):  # all ten digits occur; two do not; the last one does not
        chances = rng.dirichlet(np.full(10, 0.2), 400) + 1e-3
        chances[:, list(missing)] = 1e-3
        chances /= chances.sum(axis=1, keepdims=True)
        try:
            result = verdict(chances)
        except (ValueError, IndexError) as error:
            return wrong(f"It raises an error: {error}", the_verdict.hints[1])
        if result is None:
            return wrong("It returns nothing.", the_verdict.hints[0])
        if len(result) != 3 or any(np.ndim(each) for each in result):
            return wrong("It does not return three numbers.", "Expected sure, count, rarest: a number each.")
        fault = _fault(result, chances)
        if fault:
            return fault
    return right("Sureness, variety and balance: one number alone would not show them.")


def _fault(result, chances):
    """Return what is wrong with three numbers, None if they are right."""
    sure, count, rarest = result
    shares = np.bincount(chances.argmax(axis=1), minlength=10) / len(chances)
    occurs = int((shares > 0).sum())
    if not np.isclose(sure, chances.max(axis=1).mean()):
        hint = "Take the largest of each image's ten first: axis=1."
        if np.isclose(sure, chances.mean()):
            return wrong("The mean of all probabilities is always 0.1.", hint)
        return wrong(f"sure should be {chances.max(axis=1).mean():.3f}, not {sure:.3f}.", hint)
    if count != occurs:
        if count == (chances.sum(axis=0) > 0).sum():
            return wrong(
                "Every digit has some probability.", "Count the digits that are the most probable one of some image."
            )
        return wrong(f"{occurs} digits occur, not {count}.", the_verdict.hints[1])
    if np.isclose(rarest, shares.min()):
        return None
    if np.isclose(rarest, chances.mean(axis=0).min()):
        return wrong("That is a mean probability.", "Each image counts as one digit, the most probable.")
    if np.isclose(rarest, shares[shares > 0].min()):
        return wrong("The rarest of ten is one that does not occur at all.", "Its share is 0: see minlength=10.")
    return wrong(f"The rarest has a share of {shares.min():.3f}, not {rarest:.3f}.", the_verdict.hints[1])


@exercise(
    "13.5",
    "A cheat",
    baseline="how sure the judge is of real test digits, among which are all ten digits.",
    hints=(
        "Of which training image is the judge most sure? judge.predict(x_train, verbose=0).max(axis=1) tells of each.",
        "argmax() gives its place; np.repeat(x_train[place : place + 1], 100, axis=0) makes a hundred of it.",
    ),
)
def a_cheat(cheat, judge, x_test):
    """Judge a hundred images that look real and are worthless."""
    if np.ndim(cheat) != 3 or np.shape(cheat)[1:] != (8, 8) or len(cheat) < 100:
        return wrong(f"It has the shape {np.shape(cheat)}.", "Expected (100, 8, 8) or more images.")
    cheat = np.asarray(cheat)
    predicted = judge.predict(cheat, batch_size=500, verbose=0)
    real = float(judge.predict(x_test, batch_size=500, verbose=0).max(axis=1).mean())
    sure, seen = float(predicted.max(axis=1).mean()), len(set(predicted.argmax(axis=1).tolist()))
    if cheat.max() > 16 or cheat.min() < 0:
        return wrong(f"Pixels go from {cheat.min():g} to {cheat.max():g}.", "An image has numbers from 0 to 16.")
    if cheat.max() <= 1:
        return wrong("These images are nearly white.", "Pixels go from 0 to 16 here.")
    if seen > 1:
        return wrong(f"The judge sees {seen} different digits.", "One image that works, again and again, is enough.")
    if sure <= real:
        return wrong(f"The judge is less sure ({sure:.3f}) than of real digits ({real:.3f}).", a_cheat.hints[0])
    return right(
        f"The judge is {sure:.3f} sure, more than of real digits ({real:.3f}), and you made only one digit of ten."
    )
