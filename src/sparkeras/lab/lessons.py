"""The course in the lab: its lessons to read, quizzes to answer, and what is done.

Runs on: driver.

No answer to an exercise is run here: that is for the learner's own notebook or editor, in a process of its own.
"""

import asyncio
import functools
import html
import re
from pathlib import Path

from sparkeras.course import checking, lesson, quiz, views
from sparkeras.course.progress import Progress
from sparkeras.serving.http import requests
from sparkeras.serving.http.operations import Operation
from sparkeras.serving.http.responses import JSON, Refusal

_OBJECT = {"type": "object"}
_ANSWERED = {
    "type": "object",
    "properties": {"answers": {"type": "array", "description": "per question: places of options from 0, or a text"}},
    "required": ["answers"],
}
_MATHS = re.compile(r"\$\$(.+?)\$\$|(?<![\\$\w])\$([^$\n]+?)\$(?!\w)", re.DOTALL)


class Lessons:
    """The handlers; ``folder`` is where the learner's course may be."""

    def __init__(self, folder):
        self.folder = Path(folder)

    async def overview(self, request):
        """Answer all lessons with what is done of them."""
        return JSON(await asyncio.to_thread(_overview, Progress.here(self.folder)))

    async def lesson(self, request):
        """Answer the texts and code of a lesson, without solutions."""
        return JSON(await asyncio.to_thread(_lesson, request.path_params["number"]))

    async def quiz(self, request):
        """Answer the questions of a quiz."""
        found = quiz.read(request.path_params["name"])
        return JSON({"name": found.name, "title": found.title, "questions": [_asked(each) for each in found.questions]})

    async def mark(self, request):
        """Mark the answers to a quiz, and keep the share of right ones where there is a course."""
        found, body = quiz.read(request.path_params["name"]), await requests.body(request)
        answers = body.get("answers")
        if not isinstance(answers, list) or len(answers) != len(found.questions):
            raise Refusal(400, f"'answers' must be a list of {len(found.questions)} answers.")
        marked = [_marked(each, answer) for each, answer in zip(found.questions, answers, strict=True)]
        share = sum(each["ok"] for each in marked) / len(marked)
        kept = Progress.here(self.folder)
        if kept:
            kept.record_quiz(found.name, share)
        return JSON({"marked": marked, "share": share, "kept": kept is not None})

    def operations(self):
        """Return the Operations of all addresses."""
        of_quiz = "/api/course/quizzes/{name}"
        return [
            Operation("GET", "/api/course", self.overview, "The lessons of the course", answer=_OBJECT),
            Operation("GET", "/api/course/lessons/{number:int}", self.lesson, "A lesson to read", answer=_OBJECT),
            Operation("GET", of_quiz, self.quiz, "The questions of a quiz", answer=_OBJECT),
            Operation("POST", of_quiz, self.mark, "Marks for answers to a quiz", body=_ANSWERED, answer=_OBJECT),
        ]


def _overview(kept):
    quizzes = quiz.names()
    found = []
    for each in _all():
        ids = list(checking.exercises(each.number))
        told = {"number": each.number, "title": each.title, "about": each.about, "reading": each.reading}
        told |= {"exercises": each.exercises, "quiz": each.name if each.name in quizzes else None}
        told |= {"ids": ids, "done": [id for id in ids if kept and id in kept.done]}
        found.append(told | {"share": kept.quizzes.get(each.name) if kept else None})
    final = {"name": "final", "share": kept.quizzes.get("final") if kept else None} if "final" in quizzes else None
    return {"lessons": found, "final": final, "folder": str(kept.folder) if kept else None}


@functools.cache
def _all():
    return lesson.lessons()


def _lesson(number):
    found = next((each for each in _all() if each.number == number), None)
    if found is None:
        raise Refusal(404, f"There is no lesson {number}; there are 1 to {len(_all())}.")
    known = checking.exercises(number)
    cells = []
    for cell in views.cells_of(found, "student"):
        told = {"kind": cell.kind}
        told |= {"html": _html(cell.source)} if cell.kind == "markdown" else {"code": cell.source}
        if cell.exercise:
            told |= {"exercise": cell.exercise, "hints": list(known[cell.exercise].hints)}
        cells.append(told)
    return {"number": number, "title": found.title, "name": found.name, "cells": cells}


def _asked(question):
    facts = {"kind": question.kind, "ask": _html(question.ask), "code": question.facts.get("code")}
    return facts | {"options": [_html(each, inline=True) for each in question.options()]}


def _marked(question, answer):
    """Mark one answer; one of another shape than the question's is wrong and told so."""
    choosing = question.kind in ("single", "multiple", "order")
    if choosing:
        count = len(question.options())
        fits = isinstance(answer, list) and all(type(each) is int and 0 <= each < count for each in answer)
        if not fits or len(set(answer)) != len(answer):
            raise Refusal(400, "An answer to choose is a list of different places of options, from 0.")
    elif not isinstance(answer, str | int | float) or isinstance(answer, bool):
        raise Refusal(400, "An answer to type is a text or a number.")
    if answer == [] or not str(answer).strip():  # whoever has not tried yet is not told how it is done
        return {"ok": False, "answered": False, "reasons": []}
    result = question.mark(answer if choosing else str(answer))
    return {"ok": result.ok, "answered": True, "reasons": [_html(each, inline=True) for each in result.reasons]}


def _html(text, inline=False):
    """Return Markdown as HTML, formulas as MathML; HTML within the text stays text."""
    from latex2mathml.converter import convert
    from markdown_it import MarkdownIt

    formulas = []

    def kept(match):
        formulas.append(convert(match[1] or match[2], display="block" if match[1] else "inline"))
        return f"FORMULA{len(formulas) - 1}X"

    parts = re.split(r"(```.*?```|`[^`\n]*`)", str(text), flags=re.DOTALL)  # code holds no formulas
    plain = "".join(part if part.startswith("`") else _MATHS.sub(kept, part) for part in parts)
    reader = MarkdownIt("commonmark", {"html": False}).enable("table")
    made = reader.renderInline(plain) if inline else reader.render(plain)
    return re.sub(r"FORMULA(\d+)X", lambda match: formulas[int(match[1])], made) or html.escape(str(text))
