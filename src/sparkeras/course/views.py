"""A lesson's cells for learners, for teachers, and for a second time; the answer of an exercise is between two marks.

Runs on: driver.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sparkeras.course.lesson import Cell, Lesson

BEGIN, END = "### BEGIN SOLUTION", "### END SOLUTION"
OPEN = "pass  # your answer"
VIEWS = ("student", "solution", "clean")


def answer(source: str) -> str:
    """Return the lines between the marks, without the indentation that all of them have."""
    before, inside, _ = _parts(source)
    indent = len(before[-1]) - len(before[-1].lstrip())
    return "\n".join(line[indent:] for line in inside)


def with_answer(source: str, text: str) -> str:
    """Return a cell's source with ``text`` in place of marks and solution, as deeply indented as these."""
    before, _, after = _parts(source)
    indent = before[-1][: len(before[-1]) - len(before[-1].lstrip())]
    lines = [f"{indent}{line}" if line.strip() else line for line in text.splitlines()]
    return "\n".join([*before[:-1], *lines, *after])


def cells_of(lesson: Lesson, view: str) -> list[Cell]:
    """Return the cells of a view.

    Parameters
    ----------
    lesson : Lesson
    view : str
        "student": without solutions; "solution": with them; "clean": as for students, but only the headings of the
        texts, to do it all once more from memory.
    """
    cells = [cell for cell in lesson.cells if not cell.has("hidden")]
    if view == "clean":
        cells = [replace(cell, source=_headings(cell.source)) if cell.kind == "markdown" else cell for cell in cells]
        cells = [cell for cell in cells if cell.source]
    shown = []
    for cell in cells:
        source = lesson.written(cell.source) if cell.kind == "markdown" else cell.source
        if cell.exercise:
            source = with_answer(source, answer(source) if view == "solution" else OPEN)
        shown.append(replace(cell, source=source))
    return shown


def _parts(source: str) -> tuple[list[str], list[str], list[str]]:
    """Return the lines up to and with the opening mark, those between the marks, and those after the closing one."""
    lines = source.splitlines()
    marks = [[i for i, line in enumerate(lines) if line.strip() == mark] for mark in (BEGIN, END)]
    if [len(each) for each in marks] != [1, 1]:
        raise ValueError(f"An exercise's cell has one '{BEGIN}' and one '{END}'; this one has not:\n{source}")
    begin, end = marks[0][0], marks[1][0]
    return lines[: begin + 1], lines[begin + 1 : end], lines[end + 1 :]


def _headings(text: str) -> str:
    return "\n\n".join(line for line in text.splitlines() if line.startswith("#"))
