"""Quizzes: questions in YAML, each with a reason for every option; marked alike on the page and on the command line.

Runs on: driver.

A question has ``kind``, ``ask`` and, by its kind:

| kind | fields |
|---|---|
| single, multiple | ``options``: ``text``, ``because``, and ``right: true`` for the right ones |
| number | ``answer``, ``within`` (or 0), ``because``; ``wrong``: frequent wrong numbers, each with ``because`` |
| order | ``lines`` in the right order, ``because``; the learner sees them in another one |
| output | ``code``, ``answer`` (the output of the code), ``because``; ``wrong`` as for a number |
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypedDict

from sparkeras.course import material
from sparkeras.errors import CourseError

KINDS = ("single", "multiple", "number", "order", "output")


class _Option(TypedDict, total=False):
    text: str
    because: str
    right: bool


class _Wrong(TypedDict):
    answer: str | float
    because: str


class Facts(TypedDict, total=False):
    """The YAML of a question."""

    kind: str
    ask: str
    options: list[_Option]
    lines: list[str]
    code: str
    answer: str | float
    within: float
    because: str
    wrong: list[_Wrong]


@dataclass(frozen=True)
class Marked:
    """The mark of an answer: right or not, and the reasons, a sentence each."""

    ok: bool
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class Question:
    """One question; ``facts`` are its YAML."""

    facts: Facts

    @property
    def kind(self) -> str:
        """Return one of KINDS."""
        return self.facts["kind"]

    @property
    def ask(self) -> str:
        """Return the text of the question."""
        return self.facts["ask"].strip()

    def options(self) -> list[str]:
        """Return the choices as shown: texts of options, or lines in a fixed wrong order; none of other kinds."""
        if self.kind == "order":
            return _disordered(self.facts["lines"])
        return [str(option["text"]) for option in self.facts.get("options", ())]

    def right_choices(self) -> list[int]:
        """Return the places of the right options; of lines, their places in the right order."""
        if self.kind == "order":
            shown = self.options()
            return [shown.index(line) for line in self.facts["lines"]]
        return [i for i, option in enumerate(self.facts["options"]) if option.get("right")]

    def mark(self, answer: Sequence[int] | str) -> Marked:
        """Return the Marked of an answer.

        Parameters
        ----------
        answer : list of int, or str
            Places of options, from 0; or the text typed.
        """
        if self.kind in ("number", "output"):
            return self._mark_typed(str(answer).strip())
        places = [int(place) for place in answer]
        if self.kind == "order":
            return Marked(places == self.right_choices(), (self.facts["because"],))
        ok = sorted(places) == self.right_choices()
        missed = len(set(self.right_choices()) - set(places)) if self.kind == "multiple" else 0
        more = (f"{missed} more of them {'is' if missed == 1 else 'are'} right.",) if missed and not ok else ()
        return Marked(ok, tuple(self.facts["options"][place]["because"] for place in places) + more)

    def _mark_typed(self, answer: str) -> Marked:
        same = self._same_number if self.kind == "number" else self._same_text
        if same(answer, self.facts["answer"]):
            return Marked(True, (self.facts["because"],))
        known = [wrong["because"] for wrong in self.facts.get("wrong", ()) if same(answer, wrong["answer"])]
        return Marked(False, (*known, f"Right: {self.facts['answer']}. {self.facts['because']}"))

    def _same_number(self, answer: str, expected: str | float) -> bool:
        try:
            return abs(float(answer.replace(",", "")) - float(expected)) <= float(self.facts.get("within", 0))
        except ValueError:
            return False

    @staticmethod
    def _same_text(answer: str, expected: str | float) -> bool:
        # Only words and marks count, not the number of blanks between them or a blank after a comma.
        plain = (" ".join(str(text).split()).replace(", ", ",") for text in (answer, expected))
        return len(set(plain)) == 1


@dataclass(frozen=True)
class Quiz:
    """A quiz: the name of its folder, its title and its questions."""

    name: str
    title: str
    questions: tuple[Question, ...]


def names() -> list[str]:
    """Return the names of all quizzes, in the order of the lessons; the final one comes last."""
    return sorted(path.parent.name for path in material.FOLDER.glob("*/quiz.yaml"))


def read(name: str | int) -> Quiz:
    """Return the Quiz of a lesson's number ("2"), its name, or "final".

    Raises
    ------
    CourseError
        If there is none, or PyYAML is missing.
    """
    try:
        import yaml
    except ImportError as error:
        raise CourseError("Quizzes need PyYAML: pip install 'sparkeras[course]'.") from error
    key = str(name).zfill(2) if str(name).isdigit() else str(name)
    known = next((each for each in names() if key in (each, each[:2], each[3:])), None)
    if known is None:
        numbers = sorted(int(each[:2]) for each in names() if each[:2].isdigit())
        raise CourseError(f"There is no quiz {str(name)!r}; expected a lesson's number up to {numbers[-1]}, or final.")
    content = yaml.safe_load((material.FOLDER / known / "quiz.yaml").read_text(encoding="utf-8"))
    return Quiz(known, content["title"], tuple(Question(each) for each in content["questions"]))


def _disordered(lines: list[str]) -> list[str]:
    """Return lines in another order, the same each time."""
    shuffled, rng = list(lines), random.Random(len(lines[0]))
    while shuffled == list(lines):
        rng.shuffle(shuffled)
    return shuffled
