"""A lesson's source: metadata in the head, then cells of text and code (jupytext's percent format).

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
    """One cell: ``kind`` is "markdown" or "code"."""

    kind: str
    source: str
    tags: tuple[str, ...] = ()

    @property
    def exercise(self) -> str | None:
        """Return the id of the exercise that the cell answers, None of any other cell."""
        if not self.has("exercise"):
            return None
        return next((tag for tag in self.tags if re.fullmatch(r"\d+\.\d+", tag)), None)

    def has(self, tag: str) -> bool:
        """Tell whether the cell has a tag."""
        return tag in self.tags


@dataclass(frozen=True)
class Figure:
    """A number in a lesson's text: its value, the tolerance within which a run must meet it, its format.

    ``full``: only a run with all rows and epochs meets it.
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

    def written(self, text: str) -> str:
        """Return a text with each {fig:NAME} as the figure's number."""
        return _FIGURE.sub(lambda match: format(self.figures[match[1]].value, self.figures[match[1]].format), text)

    def stated(self) -> set[str]:
        """Return the names of the figures in the texts."""
        return {name for cell in self.cells for name in _FIGURE.findall(cell.source)}


def files() -> list[Path]:
    """Return the sources of all lessons in order."""
    return [folder / "lesson.py" for folder in material.lesson_folders()]


def read(path: Path) -> Lesson:
    """Return the Lesson of a source file; its folder is its name.

    Raises
    ------
    CourseError
        If the extra for the course is not installed.
    """
    try:
        import jupytext
    except ImportError as error:
        raise CourseError("The course needs jupytext and nbclient: pip install 'sparkeras[course]'.") from error
    notebook = jupytext.read(path, fmt="py:percent")
    head = dict(notebook.metadata["lesson"])
    figures = {name: Figure(**facts) for name, facts in head.pop("figures", {}).items()}
    head["data"] = tuple(head.get("data", ()))
    cells = [Cell(c.cell_type, c.source, tuple(c.metadata.get("tags", ()))) for c in notebook.cells]
    name = path.parent.name
    return Lesson(number=int(name[:2]), name=name, figures=figures, cells=tuple(cells), **head)


def lessons() -> list[Lesson]:
    """Return all Lessons in order."""
    return [read(path) for path in files()]


def find(number_or_name: int | str) -> Lesson:
    """Return the Lesson of a number ("2", "02") or a name ("02_pythagoras", "pythagoras").

    Raises
    ------
    CourseError
        If there is none; lists the lessons.
    """
    key, folders = str(number_or_name), material.lesson_folders()
    for folder in folders:
        name = folder.name
        if key in (name, name[3:], name[:2], str(int(name[:2]))):
            return read(folder / "lesson.py")
    raise CourseError(f"There is no lesson {key!r}; expected 1 to {len(folders)}, or a name such as {folders[0].name}.")
