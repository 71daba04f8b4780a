"""What an exercise is: its question in a word, what it is measured against, its hints, and answers known to be wrong.

Runs on: driver.
"""

import inspect
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Result:
    """What a check says: is the answer right, why, and what to think about if it is not."""

    ok: bool
    message: str
    hint: str = ""


@dataclass(frozen=True)
class Mistake:
    """An answer that learners give and that is wrong.

    Attributes
    ----------
    name : str
        What went wrong, in a few words.
    answer : str
        Code that stands where the solution stands.
    says : str
        Words of the hint that this answer gets, and no other mistake of the exercise.
    """

    name: str
    answer: str
    says: str


@dataclass(frozen=True)
class Exercise:
    """One exercise of a lesson.

    Attributes
    ----------
    id : str
        Lesson and number, "2.1".
    title : str
    baseline : str
        The sentence that says what a good answer is measured against.
    hints : tuple of str
        From a nudge to nearly the solution.
    mistakes : tuple of Mistake
    judge : function (**names) -> Result
        Its parameters are the names that the learner's code must have set.
    """

    id: str
    title: str
    baseline: str
    hints: tuple[str, ...]
    mistakes: tuple[Mistake, ...]
    judge: Callable

    @property
    def lesson(self) -> int:
        """Return the number of its lesson."""
        return int(self.id.partition(".")[0])

    @property
    def needs(self) -> tuple[str, ...]:
        """Return the names that the learner's code must have set."""
        return tuple(inspect.signature(self.judge).parameters)


def exercise(id, title, *, baseline, hints, mistakes):
    """Make an Exercise of the function that judges its answers."""

    def decorate(judge):
        return Exercise(id, title, baseline, tuple(hints), tuple(mistakes), judge)

    return decorate


def right(message):
    """Return the Result of a right answer: what it means, in a sentence."""
    return Result(True, message)


def wrong(message, hint=""):
    """Return the Result of a wrong answer: what is wrong, and what to think about."""
    return Result(False, message, hint)
