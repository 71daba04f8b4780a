"""A lesson as its source says it: facts in the head, then cells of text and code (jupytext's percent format).

Runs on: driver.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path

from sparkeras.course import material
from sparkeras.errors import CourseError

_FIGURE = re.compile(r"\{fig:(\w+)\}")


@dataclass(frozen=True)
class Cell:
    """One cell: ``kind`` is "markdown" or "code"; ``exercise`` the id of the exercise that it is the answer to."""

    kind: str
    source: str
    tags: tuple[str, ...] = ()

    @property
    def exercise(self) -> str | None:
        """Return the exercise's id, None of any other cell."""
        return (
            next((tag for tag in self.tags if re.fullmatch(r"\d+\.\d+", tag)), None) if self.has("exercise") else None
        )

    def has(self, tag):
        """Tell whether the cell has a tag."""
        return tag in self.tags


@dataclass(frozen=True)
class Figure:
    """A number that a lesson states: its value, the tolerance within which a run must meet it, how it is written.

    ``full`` says that only a full-size run meets it.
    """

    value: float
    within: float
    format: str = ".4g"
    full: bool = False


@dataclass(frozen=True)
class Lesson:
    """One lesson; ``reading`` and ``exercises`` are minutes, ``data`` names of data sets."""

    number: int
    name: str
    title: str
    about: str
    reading: int
    exercises: int
    data: tuple[str, ...]
    figures: dict[str, Figure] = field(default_factory=dict)
    cells: tuple[Cell, ...] = ()

    @property
    def minutes(self) -> int:
        """Return the minutes of reading and exercises."""
        return self.reading + self.exercises

    def written(self, text):
        """Return a text with each {fig:NAME} as the figure's number."""
        return _FIGURE.sub(lambda found: format(self.figures[found[1]].value, self.figures[found[1]].format), text)

    def stated(self):
        """Return the names of the figures that the texts state."""
        return {name for cell in self.cells for name in _FIGURE.findall(cell.source)}


def files():
    """Return the sources of all lessons in order."""
    return sorted((material.folder() / "lessons").glob("[0-9][0-9]_*.py"))


def read(path):
    """Return the Lesson that a source file holds.

    Raises
    ------
    CourseError
        If the extra for the course is not installed.
    """
    try:
        import jupytext
    except ImportError as error:
        raise CourseError("The course needs jupytext and nbclient: pip install 'sparkeras[course]'.") from error
    path = Path(path)
    notebook = jupytext.read(path, fmt="py:percent")
    head = dict(notebook.metadata["lesson"])
    figures = {name: Figure(**facts) for name, facts in head.pop("figures", {}).items()}
    head["data"] = tuple(head.get("data", ()))
    cells = [Cell(c.cell_type, c.source, tuple(c.metadata.get("tags", ()))) for c in notebook.cells]
    return Lesson(number=int(path.name[:2]), name=path.stem, figures=figures, cells=tuple(cells), **head)


def lessons():
    """Return all Lessons in order."""
    return [read(path) for path in files()]


def find(number_or_name):
    """Return the Lesson of a number ("2", "02") or a name ("02_pythagoras").

    Raises
    ------
    CourseError
        If there is none; lists the lessons.
    """
    wanted = str(number_or_name)
    for path in files():
        if wanted in (path.stem, path.stem[3:], path.stem[:2], str(int(path.stem[:2]))):
            return read(path)
    raise CourseError(
        f"There is no lesson {wanted!r}; expected 1 to {len(files())}, or a name such as {files()[0].stem}."
    )
