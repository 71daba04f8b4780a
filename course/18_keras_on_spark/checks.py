"""Lesson 18: one model on several workers, deaths and checkpoints, and when more workers pay.

Runs on: driver.
"""

import inspect

import numpy as np

from sparkeras.course.checks.scored_rows import what_to_search_for, which_digit
from sparkeras.course.exercise import Mistake, exercise, right, wrong

__all__ = ["alpha_and_beta", "survive", "the_same_weights", "two_workers", "what_to_search_for", "which_digit"]

_COLUMNS = '"features": "pixels", "label": "digit", "epochs": epochs'


def _unknown(settings):
    """Return the first name that ``sparkeras.fit`` has no setting of, or None."""
    import sparkeras

    known = inspect.signature(sparkeras.fit).parameters
    return next((name for name in settings if name not in known), None)


@exercise(
    "18.1",
    "Two workers",
    baseline="one worker: each update must be the same.",
    hints=(
        "The same dict as the call above has, and num_workers.",
        'batch_size counts the rows of one update, over all workers: rows. The columns are "pixels" and "digit".',
    ),
    mistakes=(
        Mistake(
            "half a batch each",
            f'settings = {{{_COLUMNS}, "batch_size": rows // 2, "num_workers": 2}}',
            "both workers together",
        ),
        Mistake(
            "the default names",
            'settings = {"epochs": epochs, "batch_size": rows, "num_workers": 2}',
            "Which columns",
        ),
        Mistake("one worker", f'settings = {{{_COLUMNS}, "batch_size": rows}}', "By default"),
        Mistake("Keras' own name", f'settings = {{{_COLUMNS}, "batch_size": rows, "workers": 2}}', "no setting"),
    ),
)
def two_workers(settings, rows, epochs):
    """Judge the settings of a training with two workers."""
    if not isinstance(settings, dict):
        return wrong(f"settings is of type {type(settings).__name__}.", 'A dict: {"features": ..., "label": ..., ...}.')
    unknown = _unknown(settings)
    if unknown:
        return wrong(f"sparkeras.fit has no setting {unknown!r}.", "The five names stand in the exercise.")
    if "model" in settings or "df" in settings:
        return wrong("Model and DataFrame are given beside it.", "Only the five settings.")
    columns = settings.get("features", "features"), settings.get("label", "label")
    if columns not in (("pixels", "digit"), (["pixels"], "digit")):
        return wrong(
            f"It would look for {columns[0]!r} and {columns[1]!r}.", "Which columns has train? See its schema."
        )
    if settings.get("num_workers") != 2:
        return wrong("That is no training with two workers.", "By default there is one: num_workers.")
    if settings.get("batch_size") == -(-rows // 2) or settings.get("batch_size") == rows // 2:
        return wrong("An update would see half of the rows.", "batch_size counts the rows of both workers together.")
    if settings.get("batch_size", 0) < rows:
        return wrong(f"An update must see all {rows:,} rows.", "batch_size=rows")
    if settings.get("epochs") != epochs:
        return wrong(f"It would train {settings.get('epochs', 1)} epoch(s).", "As many as above: epochs.")
    return right("Same rows per update, same rate, same number of updates: only the work is shared.")


def _distances(one, other):
    """Return the distances of all weights of two lists of arrays, in one array."""
    return np.concatenate([np.abs(a - b).ravel() for a, b in zip(one, other, strict=True)])


_PAIRS = "a, b = (np.concatenate([w.ravel() for w in model.get_weights()]) for model in (one, two))\n"
_PAIRS += "c = np.concatenate([w.ravel() for w in start])\n"


@exercise(
    "18.2",
    "The same weights?",
    baseline="how far the weights moved in training: about 1.",
    hints=(
        "Go through both lists at once: for a, b in zip(one.get_weights(), two.get_weights()).",
        "max(np.abs(a - b).max() for a, b in zip(one.get_weights(), two.get_weights())), then the same with start.",
    ),
    mistakes=(
        Mistake("mean", _PAIRS + "difference, moved = np.abs(a - b).mean(), np.abs(a - c).mean()", "the mean"),
        Mistake("sum", _PAIRS + "difference, moved = np.abs(a - b).sum(), np.abs(a - c).sum()", "added up"),
        Mistake("from zero", _PAIRS + "difference, moved = np.abs(a - b).max(), np.abs(a).max()", "zero"),
        Mistake("swapped", _PAIRS + "moved, difference = np.abs(a - b).max(), np.abs(a - c).max()", "exchanged"),
    ),
)
def the_same_weights(difference, moved, one, two, start):
    """Judge the distance of two models, and how far training moved one."""
    apart = _distances(one.get_weights(), two.get_weights())
    way = _distances(one.get_weights(), start)
    if _near(difference, way.max()) and _near(moved, apart.max()):
        return wrong("They are exchanged.", "difference: one and two. moved: one and start.")
    for said, all_of_them in ((moved, way), (difference, apart)):
        if _near(said, all_of_them.mean()) and not _near(said, all_of_them.max()):
            return wrong(f"{said:.2g} is the mean.", "A mean hides one weight that is far off: take the largest.")
        if _near(said, all_of_them.sum()) and not _near(said, all_of_them.max()):
            return wrong(f"{said:.2g} is all of them added up.", "The largest of them: max.")
    if not _near(difference, apart.max()):
        return wrong(f"difference is not {difference:.3g}.", the_same_weights.hints[1])
    if _near(moved, max(np.abs(w).max() for w in one.get_weights())):
        return wrong("That is how far the weights are from zero.", "They did not begin there: compare with start.")
    if not _near(moved, way.max()):
        return wrong(f"moved is not {moved:.3g}.", the_same_weights.hints[1])
    if difference > 1e-4:
        return wrong(f"{difference:.2g} is too much for rounding.", "Were both trained with the same settings?")
    return right(f"Weights moved by up to {moved:.2f}, and differ by {difference:.0e}: rounding.")


def _near(said, true):
    return bool(np.isclose(said, true, rtol=1e-3, atol=1e-12))


@exercise(
    "18.3",
    "Survive",
    baseline="no settings: the first death ends the training, and all epochs are lost.",
    hints=(
        "Two settings: one for where epochs are kept, one for how often to try again.",
        '{"checkpoint_dir": checkpoints, "max_retries": ...}',
    ),
    mistakes=(
        Mistake("retries alone", 'recovery = {"max_retries": 2}', "first epoch"),
        Mistake("a checkpoint alone", 'recovery = {"checkpoint_dir": checkpoints}', "nobody takes it up"),
        Mistake("one retry", 'recovery = {"checkpoint_dir": checkpoints, "max_retries": 1}', "second death"),
    ),
)
def survive(recovery, checkpoints):
    """Judge the settings for a training that may lose machines."""
    if not isinstance(recovery, dict):
        return wrong(f"recovery is of type {type(recovery).__name__}.", survive.hints[1])
    unknown = _unknown(recovery)
    if unknown:
        return wrong(f"sparkeras.fit does not know {unknown!r}.", survive.hints[1])
    more = set(recovery) - {"checkpoint_dir", "max_retries"}
    if more:
        return wrong(f"{', '.join(sorted(more))} has nothing to do with it.", survive.hints[0])
    if not recovery.get("checkpoint_dir"):
        return wrong("It would try again, from the first epoch each time.", "Where are finished epochs kept?")
    if str(recovery["checkpoint_dir"]) != str(checkpoints):
        return wrong("The checkpoints would lie elsewhere.", "Use the path checkpoints.")
    retries = recovery.get("max_retries", 0)
    if not isinstance(retries, int):
        return wrong(f"max_retries is of type {type(retries).__name__}.", "A whole number: how often to try again.")
    if not retries:
        return wrong("The epochs are kept, but nobody takes it up by itself.", "How often is it to try again?")
    if retries < 2:
        return wrong("It would end at the second death.", "A retry for each death.")
    return right("What is lost is the epoch that was under way, and the start of new processes.")


@exercise(
    "18.4",
    "Alpha and beta",
    baseline="compute / workers, as if an exchange were free.",
    hints=(
        "Three parts: the computing, which is shared; the messages; the bytes.",
        "compute / workers + 2 * (workers - 1) * alpha + 2 * (workers - 1) / workers * size * beta",
    ),
    mistakes=(
        Mistake(
            "computing is not shared",
            "return compute + 2 * (workers - 1) * (alpha + size * beta / workers)",
            "only its share",
        ),
        Mistake(
            "messages of a ring of all",
            "return compute / workers + 2 * workers * alpha + 2 * (workers - 1) / workers * size * beta",
            "alone sends",
        ),
        Mistake(
            "all bytes in each message",
            "return compute / workers + 2 * (workers - 1) * (alpha + size * beta)",
            "a part of the bytes",
        ),
        Mistake(
            "bytes made bytes again",
            "return compute / workers + 2 * (workers - 1) * alpha + 2 * (workers - 1) / workers * 4 * size * beta",
            "bytes already",
        ),
        Mistake("messages for free", "return compute / workers + 2 * (workers - 1) / workers * size * beta", "latency"),
    ),
)
def alpha_and_beta(step_seconds):
    """Judge the formula of a step with several workers, part by part."""
    if step_seconds(4, 8.0, 1000, 0.5, 0.01) is None:
        return wrong("It returns nothing.", alpha_and_beta.hints[0])
    if not np.isclose(step_seconds(4, 8.0, 0, 0.0, 0.0), 2.0):
        return wrong(
            "With free messages, four workers should need 2 of 8 seconds.", "Each worker computes only its share."
        )
    if not np.isclose(step_seconds(1, 8.0, 1000, 0.5, 0.01), 8.0):
        return wrong("One worker takes longer than its computing.", "Who is alone sends nothing: workers - 1.")
    messages = step_seconds(4, 0.0, 0, 0.5, 0.0)
    if np.isclose(messages, 0):
        return wrong("Messages cost nothing.", "Each has a latency: 2 * (workers - 1) * alpha.")
    if not np.isclose(messages, 3.0):
        return wrong(f"Six messages of half a second take 3 s, not {messages:g}.", "2 * (workers - 1) * alpha")
    size = step_seconds(5, 0.0, 1000, 0.0, 0.01)
    if np.isclose(size, 64):
        return wrong("That is four times too much.", "size is in bytes already.")
    if np.isclose(size, 80):
        return wrong("Each message carries everything.", "It carries a part of the bytes: divide by workers.")
    if not np.isclose(size, 16.0):
        return wrong(f"1,000 bytes of 10 ms each take {size:g} s.", "2 * (workers - 1) / workers * size * beta")
    return right("Computing shrinks with N, messages grow with it: so there is a best N.")
