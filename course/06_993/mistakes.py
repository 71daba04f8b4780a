"""Wrong answers that learners give in lesson 6."""

from sparkeras.course.exercise import Mistake

VOTE = (
    "votes = predictions.argmax(axis=2)\n"
    "return np.array([np.bincount(column, minlength=predictions.shape[2]).argmax() for column in votes.T])"
)


def shifted(down, right):
    """Return an answer to 6.1 that moves by other numbers."""
    return (
        f"down, right, (height, width) = {down}, {right}, images.shape[1:]\n"
        "wide = np.pad(images, ((0, 0), (height, height), (width, width)))\n"
        "return wide[:, height - down : 2 * height - down, width - right : 2 * width - right]"
    )


def each(formula, how="mean"):
    """Return an answer to 6.4 by a formula of the digit d."""
    return f"return np.array([np.{how}({formula}) for d in range(10)])"


def unbeaten(condition):
    """Return an answer to 6.6 by another condition."""
    return f"return [name for name, accuracy, parameters in models if not any({condition} for _, a, p in models)]"


MISTAKES = {
    "6.1": (
        Mistake("wrapped", "return np.roll(images, (down, right), axis=(1, 2))", "other side"),
        Mistake("directions swapped", shifted("right", "down"), "swapped"),
        Mistake("the other way", shifted("-down", "-right"), "up and to the left"),
        Mistake("larger images", "return np.pad(images, ((0, 0), (down, 0), (right, 0)))", "size of the images"),
    ),
    "6.2": (
        Mistake("sum not kept", "return x * (rng.random(x.shape) >= rate)", "smaller on average"),
        Mistake("the others dropped", "return x * (rng.random(x.shape) < rate) / rate", "kept what was"),
        Mistake("whole columns", "return x * (rng.random(x.shape[1:]) >= rate) / (1 - rate)", "same place"),
        Mistake("multiplied", "return x * (rng.random(x.shape) >= rate) * (1 - rate)", "divide"),
    ),
    "6.3": (
        Mistake("a vote", VOTE, "vote"),
        Mistake(
            "the mean digit",
            "return np.round(predictions.argmax(axis=2).mean(axis=0)).astype(int)",
            "names, not amounts",
        ),
        Mistake("over rows", "return np.mean(predictions, axis=1).argmax(axis=1)", "each member"),
        Mistake("probabilities", "return np.mean(predictions, axis=0)", "which class"),
    ),
    "6.4": (
        Mistake("of those predicted", each("labels[predicted == d] == d"), "read as"),
        Mistake("of all images", each("(labels == d) & (predicted == d)"), "all images"),
        Mistake("a count", each("predicted[labels == d] == d", "sum"), "share"),
    ),
    "6.5": (
        Mistake("one only", "return np.sqrt(share * (1 - share) / rows)", "one standard error"),
        Mistake("no root", "return 2 * share * (1 - share) / rows", "root is missing"),
        Mistake("the root of the rows only", "return 2 * share * (1 - share) / np.sqrt(rows)", "under the root"),
    ),
    "6.6": (
        Mistake("the best only", "return [max(models, key=lambda m: m[1])[0]]", "most accurate one"),
        Mistake("the smallest only", "return [min(models, key=lambda m: m[2])[0]]", "smallest one"),
        Mistake("better in both", unbeaten("a > accuracy and p < parameters"), "equal in one"),
        Mistake("itself", unbeaten("a >= accuracy and p <= parameters"), "by itself"),
    ),
}
