"""A quiz in the terminal: one question after the other, each answer with its reason.

Runs on: driver.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from sparkeras.course.quiz import Question, Quiz

_LETTERS = "abcdefghijklmnop"


def ask_all(quiz: Quiz) -> float:
    """Put all questions of a Quiz and return the share of right answers."""
    print(f"{quiz.title}: {len(quiz.questions)} questions. Enter alone passes one.")
    right = sum(_ask(number, question) for number, question in enumerate(quiz.questions, start=1))
    share = right / len(quiz.questions)
    print(f"\n{right} of {len(quiz.questions)} right.")
    return share


def _ask(number: int, question: Question) -> bool:
    print(f"\n{number}. {question.ask}")
    if "code" in question.facts:
        print("\n" + "\n".join(f"    {line}" for line in question.facts["code"].rstrip().splitlines()))
    options = question.options()
    for letter, option in zip(_LETTERS, options, strict=False):
        print(f"   {letter}) {option}")
    answer = _answer(question, len(options))
    if answer is None:
        return False
    marked = question.mark(answer)
    print("   ✔ Right." if marked.ok else "   ✘ Not right.")
    for reason in marked.reasons:
        print(f"   {reason}")
    if not marked.ok and options:
        print(f"   Right: {' '.join(_LETTERS[place] for place in question.right_choices())}")
    return marked.ok


def _answer(question: Question, count: int) -> list[int] | str | None:
    """Return the typed answer as places of options or as text; None where the question is passed."""
    prompt = {
        "single": "one letter",
        "multiple": "all right letters, such as ac",
        "order": "all letters in the right order, such as bca",
        "number": "a number",
        "output": "what it prints",
    }[question.kind]
    while True:
        typed = typer.prompt(f"   {prompt}", default="", show_default=False).strip()
        if not typed:
            return None
        if question.kind == "output" or (question.kind == "number" and _is_number(typed)):
            return typed
        if question.kind == "number":
            print("   Expected a number, such as 0.25 or 1,000.")
            continue
        letters = [_LETTERS.find(letter) for letter in re.sub(r"[\s,;)]", "", typed.lower())]
        enough = {"single": 1, "order": count}.get(question.kind, len(letters))
        if len(letters) == enough == len(set(letters)) and all(0 <= place < count for place in letters):
            return letters
        print(f"   Expected {prompt}, from a to {_LETTERS[count - 1]}.")


def _is_number(typed: str) -> bool:
    try:
        float(typed.replace(",", ""))
    except ValueError:
        return False
    return True
