"""Wrong answers that learners give in lesson 13."""

from sparkeras.course.exercise import Mistake


def _slopes(place, weight, bias):
    """Return an answer to 13.3."""
    return f"return {place}, {weight}, {bias}"


_PLACE = "np.mean((of_made - 1) * weight)"


_WEIGHT = "np.mean((of_real - 1) * real) + np.mean(of_made * made)"


_BIAS = "np.mean(of_real - 1) + np.mean(of_made)"


_SHARES = "shares = np.bincount(chances.argmax(axis=1), minlength=10) / len(chances)\n"


_SURE = "chances.max(axis=1).mean()"


_STOLEN = (
    "surest = judge.predict(x_train, verbose=0).max(axis=1).{which}()\n"
    "cheat = np.repeat(x_train[surest : surest + 1], 100, axis=0){after}"
)


MISTAKES = {
    "13.1": (
        Mistake("real ones only", "return -np.mean(np.log(of_real))", "real images only"),
        Mistake("made ones as real", "return -np.mean(np.log(of_real)) - np.mean(np.log(of_made))", "takes for real"),
        Mistake("the sign", "return np.mean(np.log(of_real)) + np.mean(np.log(1 - of_made))", "below zero"),
        Mistake("sums", "return -np.sum(np.log(of_real)) - np.sum(np.log(1 - of_made))", "not sums"),
    ),
    "13.2": (
        Mistake("the saturating one", "return np.mean(np.log(1 - of_made))", "flat on the left"),
        Mistake("the discriminator's", "return -np.mean(np.log(1 - of_made))", "recognised"),
        Mistake("the sign", "return np.mean(np.log(of_made))", "the worse the images"),
    ),
    "13.3": (
        Mistake("no chain rule", _slopes("np.mean(of_made - 1)", _WEIGHT, _BIAS), "grows by the weight"),
        Mistake("the generator honest", _slopes("np.mean(of_made * weight)", _WEIGHT, _BIAS), "away from real"),
        Mistake("real only", _slopes(_PLACE, "np.mean((of_real - 1) * real)", _BIAS), "made numbers are missing"),
        Mistake("noise for made", _slopes(_PLACE, _WEIGHT.replace("* made", "* noise"), _BIAS), "noise + place"),
    ),
    "13.4": (
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
    "13.5": (
        Mistake("real digits", "cheat = x_train[:200]", "different digits"),
        Mistake("one image", "cheat = x_train[0]", "shape"),
        Mistake("another scale", _STOLEN.format(which="argmax", after=" / 16"), "from 0 to 16"),
        Mistake("the least sure", _STOLEN.format(which="argmin", after=""), "less sure"),
    ),
}
