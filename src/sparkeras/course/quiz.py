"""Quizzes: questions in YAML, each with a reason for every option; marked alike on the page and on the command line.

Runs on: driver.

A question has ``kind``, ``ask`` and, by its kind:

| kind | what it holds |
|---|---|
| single, multiple | ``options``: ``text``, ``because``, and ``right: true`` for the right ones |
| number | ``answer``, ``within`` (or 0), ``because``; ``wrong``: numbers that people say, each with ``because`` |
| order | ``lines`` in the right order, ``because``; they are shown in another one |
| output | ``code``, ``answer`` (what it prints), ``because``; ``wrong`` as for a number |
"""

import random
from dataclasses import dataclass
from pathlib import Path

from sparkeras.course import material
from sparkeras.errors import CourseError

KINDS = ("single", "multiple", "number", "order", "output")


@dataclass(frozen=True)
class Marked:
    """What an answer is worth: right or not, and why, a sentence per reason."""

    ok: bool
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class Question:
    """One question; ``facts`` are its YAML."""

    facts: dict

    @property
    def kind(self):
        """Return one of KINDS."""
        return self.facts["kind"]

    @property
    def ask(self):
        """Return the question's words."""
        return self.facts["ask"].strip()

    def options(self):
        """Return what is shown to choose from: texts of options, or the lines to put in order, in a fixed disorder."""
        if self.kind == "order":
            return _disordered(self.facts["lines"])
        return [str(option["text"]) for option in self.facts.get("options", ())]

    def right_choices(self):
        """Return the places of the right options; of lines, their places in the right order."""
        if self.kind == "order":
            shown = self.options()
            return [shown.index(line) for line in self.facts["lines"]]
        return [i for i, option in enumerate(self.facts["options"]) if option.get("right")]

    def mark(self, answer):
        """Return what an answer is worth.

        Parameters
        ----------
        answer : list of int, or str
            Places of options, from 0; or what was typed.
        """
        if self.kind == "order":
            return Marked(list(answer) == self.right_choices(), (self.facts["because"],))
        if self.kind in ("single", "multiple"):
            ok = sorted(answer) == self.right_choices()
            chosen = [self.facts["options"][i] for i in answer]
            missed = len(set(self.right_choices()) - set(answer)) if self.kind == "multiple" else 0
            more = (f"{missed} more of them {'is' if missed == 1 else 'are'} right.",) if missed and not ok else ()
            return Marked(ok, tuple(option["because"] for option in chosen) + more)
        return self._mark_typed(str(answer).strip())

    def _mark_typed(self, answer):
        same = self._same_number if self.kind == "number" else self._same_text
        if same(answer, self.facts["answer"]):
            return Marked(True, (self.facts["because"],))
        known = [wrong["because"] for wrong in self.facts.get("wrong", ()) if same(answer, wrong["answer"])]
        return Marked(False, (*known, f"Right: {self.facts['answer']}. {self.facts['because']}"))

    def _same_number(self, answer, expected):
        try:
            return abs(float(answer.replace(",", "")) - float(expected)) <= float(self.facts.get("within", 0))
        except ValueError:
            return False

    @staticmethod
    def _same_text(answer, expected):
        # Words count, and not how many blanks stand between them or behind a comma
        plain = (" ".join(str(text).split()).replace(", ", ",") for text in (answer, expected))
        return len(set(plain)) == 1


@dataclass(frozen=True)
class Quiz:
    """A quiz: the name of its file, its title and its questions."""

    name: str
    title: str
    questions: tuple[Question, ...]


def names():
    """Return the names of all quizzes, in the order of the lessons."""
    return [path.stem for path in sorted(_folder().glob("*.yaml"))]


def read(name):
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
    wanted = str(name).zfill(2) if str(name).isdigit() else str(name)
    path = next((p for p in sorted(_folder().glob("*.yaml")) if wanted in (p.stem, p.stem[:2], p.stem[3:])), None)
    if path is None:
        numbers = sorted(int(each[:2]) for each in names() if each[:2].isdigit())
        raise CourseError(f"There is no quiz {str(name)!r}; expected a lesson's number up to {numbers[-1]}, or final.")
    facts = yaml.safe_load(path.read_text(encoding="utf-8"))
    return Quiz(path.stem, facts["title"], tuple(Question(each) for each in facts["questions"]))


def _disordered(lines):
    """Return lines in another order, the same each time."""
    shuffled, chance = list(lines), random.Random(len(lines[0]))
    while shuffled == list(lines):
        chance.shuffle(shuffled)
    return shuffled


def _folder() -> Path:
    return material.folder() / "quizzes"
