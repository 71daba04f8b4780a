"""The course in the lab: its lessons to read, quizzes to answer, and the learner's progress.

Runs on: driver.

No answer to an exercise is run here: that is for the learner's own notebook or editor, in a process of its own.
"""

from __future__ import annotations

import asyncio
import functools
import html
import os
import re
from pathlib import Path
from typing import Any

from starlette.requests import Request

from sparkeras.course import checking, lesson, quiz, views
from sparkeras.course.progress import Progress
from sparkeras.serving.http import requests
from sparkeras.serving.http.operations import JSONSchema, Operation
from sparkeras.serving.http.responses import JSON, Refusal

_OBJECT: JSONSchema = {"type": "object"}
_ANSWERS: JSONSchema = {
    "type": "object",
    "properties": {"answers": {"type": "array", "description": "per question: places of options from 0, or a text"}},
    "required": ["answers"],
}
_MATHS = re.compile(r"\$\$(.+?)\$\$|(?<![\\$\w])\$([^$\n]+?)\$(?!\w)", re.DOTALL)


class Lessons:
    """The handlers; ``folder`` is where the learner's course may be."""

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self.folder = Path(folder)

    async def overview(self, request: Request) -> JSON:
        """Answer all lessons with the learner's progress."""
        return JSON(await asyncio.to_thread(_overview, Progress.here(self.folder)))

    async def lesson(self, request: Request) -> JSON:
        """Answer the texts and code of a lesson, without solutions."""
        return JSON(await asyncio.to_thread(_lesson, request.path_params["number"]))

    async def quiz(self, request: Request) -> JSON:
        """Answer the questions of a quiz."""
        chosen = quiz.read(request.path_params["name"])
        questions = [_question(each) for each in chosen.questions]
        return JSON({"name": chosen.name, "title": chosen.title, "questions": questions})

    async def mark(self, request: Request) -> JSON:
        """Mark the answers to a quiz, and keep the share of right ones where there is a course."""
        chosen, body = quiz.read(request.path_params["name"]), await requests.body(request)
        answers = body.get("answers")
        if not isinstance(answers, list) or len(answers) != len(chosen.questions):
            raise Refusal(400, f"'answers' must be a list of {len(chosen.questions)} answers.")
        marked = [_marked(each, answer) for each, answer in zip(chosen.questions, answers, strict=True)]
        share = sum(each["ok"] for each in marked) / len(marked)
        progress = Progress.here(self.folder)
        if progress:
            progress.record_quiz(chosen.name, share)
        return JSON({"marked": marked, "share": share, "kept": progress is not None})

    def operations(self) -> list[Operation]:
        """Return the Operations of all addresses."""
        of_quiz = "/api/course/quizzes/{name}"
        return [
            Operation("GET", "/api/course", self.overview, "The lessons of the course", answer=_OBJECT),
            Operation("GET", "/api/course/lessons/{number:int}", self.lesson, "A lesson to read", answer=_OBJECT),
            Operation("GET", of_quiz, self.quiz, "The questions of a quiz", answer=_OBJECT),
            Operation("POST", of_quiz, self.mark, "Marks for answers to a quiz", body=_ANSWERS, answer=_OBJECT),
        ]


def _overview(progress: Progress | None) -> dict[str, Any]:
    quizzes = quiz.names()
    shares = progress.quizzes if progress else {}
    lessons = []
    for each in _all():
        ids = list(checking.exercises(each.number))
        facts = {"number": each.number, "title": each.title, "about": each.about, "reading": each.reading}
        facts |= {"exercises": each.exercises, "quiz": each.name if each.name in quizzes else None}
        facts |= {"ids": ids, "done": [id for id in ids if progress and id in progress.done]}
        lessons.append(facts | {"share": shares.get(each.name)})
    final = {"name": "final", "share": shares.get("final")} if "final" in quizzes else None
    return {"lessons": lessons, "final": final, "folder": str(progress.folder) if progress else None}


@functools.cache
def _all() -> list[lesson.Lesson]:
    return lesson.lessons()


def _lesson(number: int) -> dict[str, Any]:
    chosen = next((each for each in _all() if each.number == number), None)
    if chosen is None:
        raise Refusal(404, f"There is no lesson {number}; there are 1 to {len(_all())}.")
    known = checking.exercises(number)
    cells = []
    for cell in views.cells_of(chosen, "student"):
        shown: dict[str, Any] = {"kind": cell.kind}
        shown |= {"html": _html(cell.source)} if cell.kind == "markdown" else {"code": cell.source}
        if cell.exercise:
            shown |= {"exercise": cell.exercise, "hints": list(known[cell.exercise].hints)}
        cells.append(shown)
    return {"number": number, "title": chosen.title, "name": chosen.name, "cells": cells}


def _question(question: quiz.Question) -> dict[str, Any]:
    facts = {"kind": question.kind, "ask": _html(question.ask), "code": question.facts.get("code")}
    return facts | {"options": [_html(each, inline=True) for each in question.options()]}


def _marked(question: quiz.Question, answer: Any) -> dict[str, Any]:
    """Mark one answer; Refusal (400) for one of another shape than the question's."""
    choosing = question.kind in ("single", "multiple", "order")
    if choosing:
        count = len(question.options())
        fits = isinstance(answer, list) and all(type(each) is int and 0 <= each < count for each in answer)
        if not fits or len(set(answer)) != len(answer):
            raise Refusal(400, "An answer to choose is a list of different places of options, from 0.")
    elif not isinstance(answer, str | int | float) or isinstance(answer, bool):
        raise Refusal(400, "An answer to type is a text or a number.")
    if answer == [] or not str(answer).strip():  # without a try there are no reasons, which would give the answer away
        return {"ok": False, "answered": False, "reasons": []}
    result = question.mark(answer if choosing else str(answer))
    return {"ok": result.ok, "answered": True, "reasons": [_html(each, inline=True) for each in result.reasons]}


def _html(text: object, inline: bool = False) -> str:
    """Return Markdown as HTML, formulas as MathML; HTML within the text stays text."""
    from latex2mathml.converter import convert
    from markdown_it import MarkdownIt

    formulas: list[str] = []

    def mark(match: re.Match[str]) -> str:
        formulas.append(convert(match[1] or match[2], display="block" if match[1] else "inline"))
        return f"FORMULA{len(formulas) - 1}X"

    parts = re.split(r"(```.*?```|`[^`\n]*`)", str(text), flags=re.DOTALL)  # code holds no formulas
    plain = "".join(part if part.startswith("`") else _MATHS.sub(mark, part) for part in parts)
    reader = MarkdownIt("commonmark", {"html": False}).enable("table")
    page = reader.renderInline(plain) if inline else reader.render(plain)
    return re.sub(r"FORMULA(\d+)X", lambda match: formulas[int(match[1])], page) or html.escape(str(text))
