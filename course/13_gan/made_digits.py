"""Lesson 13, second half: what made digits are worth.

Runs on: driver.
"""

import numpy as np

from sparkeras.course.exercise import Mistake, exercise, right, wrong

_SHARES = "shares = np.bincount(chances.argmax(axis=1), minlength=10) / len(chances)\n"
_SURE = "chances.max(axis=1).mean()"
_STOLEN = (
    "surest = judge.predict(x_train, verbose=0).max(axis=1).{which}()\n"
    "cheat = np.repeat(x_train[surest : surest + 1], 100, axis=0){after}"
)


@exercise(
    "13.4",
    "The verdict",
    baseline="0.1 sure and one digit: a judge who guesses.",
    hints=(
        "chances.max(axis=1) is how sure it is of each image, chances.argmax(axis=1) which digit it sees.",
        "np.bincount(chances.argmax(axis=1), minlength=10) / len(chances) gives the shares of all ten digits.",
    ),
    mistakes=(
        Mistake("the mean of all", f"{_SHARES}return chances.mean(), np.sum(shares > 0), shares.min()", "always 0.1"),
        Mistake(
            "every digit is possible",
            f"{_SHARES}return {_SURE}, np.sum(chances.sum(axis=0) > 0), shares.min()",
            "Every digit has some probability",
        ),
        Mistake(
            "the rarest that occurs",
            f"{_SHARES}return {_SURE}, np.sum(shares > 0), shares[shares > 0].min()",
            "does not occur at all",
        ),
        Mistake(
            "the mean probability",
            f"{_SHARES}return {_SURE}, np.sum(shares > 0), chances.mean(axis=0).min()",
            "counts as one digit",
        ),
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
            said = verdict(chances)
        except (ValueError, IndexError) as error:
            return wrong(f"It ends in: {error}", the_verdict.hints[1])
        if said is None:
            return wrong("It returns nothing.", the_verdict.hints[0])
        if len(said) != 3 or any(np.ndim(each) for each in said):
            return wrong("It does not return three numbers.", "sure, count, rarest: a number each.")
        fault = _fault(said, chances)
        if fault:
            return fault
    return right("Sureness, variety, balance: no single number would do.")


def _fault(said, chances):
    """Return what is wrong with three numbers, None if they are right."""
    sure, count, rarest = said
    shares = np.bincount(chances.argmax(axis=1), minlength=10) / len(chances)
    occurs = int((shares > 0).sum())
    if not np.isclose(sure, chances.max(axis=1).mean()):
        hint = "Take the largest of each image's ten first: axis=1."
        if np.isclose(sure, chances.mean()):
            return wrong("The mean of all probabilities is always 0.1.", hint)
        return wrong(f"How sure: {chances.max(axis=1).mean():.3f}, not {sure:.3f}.", hint)
    if count != occurs:
        if count == (chances.sum(axis=0) > 0).sum():
            return wrong("Every digit has some probability.", "Count the digits that are the largest of some image.")
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
    baseline="how sure the judge is of real test digits, who are all ten digits.",
    hints=(
        "Of which training image is the judge most sure? judge.predict(x_train, verbose=0).max(axis=1) tells of each.",
        "argmax() gives its place; np.repeat(x_train[place : place + 1], 100, axis=0) makes a hundred of it.",
    ),
    mistakes=(
        Mistake("real digits", "cheat = x_train[:200]", "different digits"),
        Mistake("one image", "cheat = x_train[0]", "shape"),
        Mistake("another scale", _STOLEN.format(which="argmax", after=" / 16"), "from 0 to 16"),
        Mistake("the least sure", _STOLEN.format(which="argmin", after=""), "less sure"),
    ),
)
def a_cheat(cheat, judge, x_test):
    """Judge a hundred images that look real and are worthless."""
    if np.ndim(cheat) != 3 or np.shape(cheat)[1:] != (8, 8) or len(cheat) < 100:
        return wrong(f"It has the shape {np.shape(cheat)}.", "Expected (100, 8, 8) or more images.")
    cheat = np.asarray(cheat)
    said = judge.predict(cheat, batch_size=500, verbose=0)
    real = float(judge.predict(x_test, batch_size=500, verbose=0).max(axis=1).mean())
    sure, seen = float(said.max(axis=1).mean()), len(set(said.argmax(axis=1).tolist()))
    if cheat.max() > 16 or cheat.min() < 0:
        return wrong(f"Pixels go from {cheat.min():g} to {cheat.max():g}.", "An image has numbers from 0 to 16.")
    if cheat.max() <= 1:
        return wrong("These images are nearly white.", "Pixels go from 0 to 16 here.")
    if seen > 1:
        return wrong(f"The judge sees {seen} different digits.", "One image that works, again and again, is enough.")
    if sure <= real:
        return wrong(f"The judge is less sure ({sure:.3f}) than of real digits ({real:.3f}).", a_cheat.hints[0])
    return right(f"The judge is {sure:.3f} sure, of real digits {real:.3f}; and you made one digit of ten.")
