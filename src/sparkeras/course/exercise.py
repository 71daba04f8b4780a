"""An exercise: its title, its baseline, its hints and its judge; and answers known to be wrong.

Runs on: driver.
"""

import inspect
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Result:
    """The verdict on an answer: right or wrong, the reason, and a hint for a wrong one."""

    ok: bool
    message: str
    hint: str = ""


@dataclass(frozen=True)
class Mistake:
    """A wrong answer that learners give; the tests try each one. No wheel holds them.

    Attributes
    ----------
    name : str
        The mistake in a few words.
    answer : str
        Code in place of the solution.
    says : str
        Part of the message or hint that this answer gets, and no other mistake of the exercise.
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
        The value that a good answer is compared with, in words.
    hints : tuple of str
        From a nudge to nearly the solution.
    judge : function (**names) -> Result
        Its parameters are the names that the learner's code must have set.
    """

    id: str
    title: str
    baseline: str
    hints: tuple[str, ...]
    judge: Callable[..., Result]

    @property
    def lesson(self) -> int:
        """Return the number of its lesson."""
        return int(self.id.partition(".")[0])

    @property
    def needs(self) -> tuple[str, ...]:
        """Return the names that the learner's code must have set."""
        return tuple(inspect.signature(self.judge).parameters)


def exercise(
    id: str, title: str, *, baseline: str, hints: tuple[str, ...]
) -> Callable[[Callable[..., Result]], Exercise]:
    """Make an Exercise of the function that judges its answers."""

    def decorate(judge: Callable[..., Result]) -> Exercise:
        return Exercise(id, title, baseline, hints, judge)

    return decorate


def right(message: str) -> Result:
    """Return the Result of a right answer, with a sentence on its meaning."""
    return Result(True, message)


def wrong(message: str, hint: str = "") -> Result:
    """Return the Result of a wrong answer, with the error and a hint."""
    return Result(False, message, hint)
