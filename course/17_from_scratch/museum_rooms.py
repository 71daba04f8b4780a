"""The second half of lesson 17: jobs and tasks, the bold driver, and what was taken for overfitting.

Runs on: driver.
"""

import numpy as np

from sparkeras.course.exercise import Mistake, exercise, right, wrong


@exercise(
    "17.4",
    "How many jobs",
    baseline="one job, which is what sparkeras.fit needs for a whole training.",
    hints=(
        "How many batches has an epoch, with the small one at its end?",
        "60,000 / 128 is 468.75. Each batch of each epoch is a job; each job has a task per partition.",
    ),
    mistakes=(
        Mistake("no last batch", "jobs = 10 * (60_000 // 128)\ntasks = 8 * jobs", "smaller batch"),
        Mistake("a job per epoch", "jobs = 10\ntasks = 80", "a job for each step"),
        Mistake("one task per job", "jobs = tasks = 4690", "each partition"),
        Mistake("tasks of one epoch", "jobs = 4690\ntasks = 469 * 8", "one epoch"),
    ),
)
def how_many_jobs(jobs, tasks):
    """Judge the jobs and tasks of a training."""
    hints = {
        4680: "An epoch has 468 full batches and a smaller batch at its end.",
        10: "There is a job for each step, not for each epoch.",
        37_520: "These are the tasks: a job has one for each partition.",
        469: "That is a single epoch; there are 10.",
    }
    if jobs != 4690:
        return wrong(f"{jobs:,} jobs is not it.", hints.get(jobs, how_many_jobs.hints[0]))
    if tasks == 37_520:
        return right("4,690 jobs, 37,520 tasks. Each costs some milliseconds before it has computed anything.")
    hints = {4690: "A job has a task for each partition.", 3752: "These are the tasks of one epoch."}
    return wrong(f"jobs is right; {tasks:,} tasks is not it.", hints.get(tasks, "Tasks per job: the partitions."))


@exercise(
    "17.5",
    "The bold driver",
    baseline="a driver that keeps its bad steps, as the original program did.",
    hints=(
        "Compare the costs: tried[1] < kept[1]. There are two cases, and each has its place and its rate.",
        "A good step: return tried, rate * 1.05. A bad one: return kept, rate * 0.5.",
    ),
    mistakes=(
        Mistake("keeps it", "return tried, rate * (1.05 if tried[1] < kept[1] else 0.5)", "worse place"),
        Mistake("no brake", "return (tried, rate * 1.05) if tried[1] < kept[1] else (kept, rate)", "same step"),
        Mistake(
            "the rates swapped", "return (tried, rate * 0.5) if tried[1] < kept[1] else (kept, rate * 1.05)", "grow"
        ),
        Mistake(
            "weights alone", "return (tried[0], rate * 1.05) if tried[1] < kept[1] else (kept[0], rate * 0.5)", "pair"
        ),
    ),
)
def the_bold_driver(bold):
    """Judge what a bold driver does after a good and after a bad step."""
    old, better, worse = (np.zeros(2), 3.0), (np.ones(2), 2.0), (np.full(2, 2.0), 4.0)
    good, bad = bold(old, better, 0.1), bold(old, worse, 0.1)
    if good is None or bad is None:
        return wrong("After some steps it returns nothing.", the_bold_driver.hints[0])
    (after_good, faster), (after_bad, slower) = good, bad
    for place in (after_good, after_bad):
        if not (isinstance(place, (tuple, list)) and len(place) == 2):
            return wrong("The first thing is not (weights, cost).", "Return the pair as you got it: tried, or kept.")
    if after_bad[1] > 3:
        return wrong("After a bad step it goes on from the worse place.", "Go on from kept: undo the step.")
    if after_good[1] > 2:
        return wrong("After a good step it stays where it was.", "The cost fell from 3 to 2: go on from tried.")
    if np.isclose(slower, 0.1):
        return wrong("After a bad step the rate stays.", "From the same place it would take the same step again.")
    if faster < 0.1 or slower > 0.1:
        return wrong(
            "The rate moves the wrong way.", "It is to grow by 5 % after a good step, to be halved after a bad."
        )
    if not (np.isclose(faster, 0.105) and np.isclose(slower, 0.05)):
        return wrong(f"The rate 0.1 becomes {faster:.4g} and {slower:.4g}.", "rate * 1.05, and rate * 0.5.")
    return right("The cost can only fall, and the rate finds itself.")


_TEST = (
    "right_test = accuracy(network, pixels_test, labels_test)\n"
    "wrong_test = accuracy(mismatched, pixels_test, labels_test)\n"
)


@exercise(
    "17.6",
    "Was it overfitting?",
    baseline="0 for both: as good on new rows, and as good with either bend.",
    hints=(
        "accuracy(network, rows, labels) gives each of the numbers that you need.",
        "Change one thing at a time. overfitting: the same network, other rows. bug: the same rows, another network.",
        "overfitting: network on pixels minus on pixels_test. bug: network minus mismatched, both on pixels_test.",
    ),
    mistakes=(
        Mistake(
            "two differences at once",
            _TEST + "overfitting = accuracy(network, pixels, labels) - wrong_test\nbug = right_test - wrong_test",
            "at the same time",
        ),
        Mistake(
            "on other rows",
            _TEST + "overfitting = accuracy(network, pixels, labels) - right_test\n"
            "bug = accuracy(network, pixels, labels) - accuracy(mismatched, pixels, labels)",
            "That loss is",
        ),
        Mistake(
            "the sign",
            _TEST + "overfitting = accuracy(network, pixels, labels) - right_test\nbug = wrong_test - right_test",
            "other way round",
        ),
    ),
)
def was_it_overfitting(overfitting, bug, network, mismatched, pixels, labels, pixels_test, labels_test):
    """Judge the two differences."""
    train, test = (_share(network, *each) for each in ((pixels, labels), (pixels_test, labels_test)))
    bent = _share(mismatched, pixels_test, labels_test)
    if not np.isclose(overfitting, train - test, atol=1e-6):
        if np.isclose(overfitting, train - bent, atol=1e-6):
            return wrong("Other rows and another bend at the same time.", "Change one thing: network on both.")
        if np.isclose(overfitting, test - train, atol=1e-6):
            return wrong("overfitting is turned around.", "What is lost on new rows: on pixels minus on pixels_test.")
        return wrong(f"overfitting is not {overfitting:.3f}.", was_it_overfitting.hints[1])
    if np.isclose(bug, test - bent, atol=1e-6):
        return right(
            f"{overfitting:.3f} is lost between the rows, {bug:.3f} by the wrong bend: it was not overfitting."
        )
    if np.isclose(bug, bent - test, atol=1e-6):
        return wrong("bug has its sign the other way round.", "What is lost: right minus wrong, above zero.")
    if np.isclose(bug, train - _share(mismatched, pixels, labels), atol=1e-6):
        return wrong("That loss is one on the training rows.", "Both on test rows, where the report saw it.")
    return wrong(f"overfitting is right; bug is not {bug:.3f}.", was_it_overfitting.hints[1])


def _share(network, x, labels):
    return float(np.mean(network.forward(x).argmax(axis=1) == labels))
