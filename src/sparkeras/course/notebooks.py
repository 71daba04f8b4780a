"""Lessons as files for learners: notebooks, or Python files for any editor.

Runs on: driver.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sparkeras.course.views import cells_of
from sparkeras.files.atomic import moved

if TYPE_CHECKING:
    from pathlib import Path

    from nbformat import NotebookNode

    from sparkeras.course.lesson import Lesson

# Where a notebook in the cloud installs the library from: the one place that names it.
REPOSITORY = "git+https://github.com/sparkeras/sparkeras"

_SETUP = f"""# Where sparkeras is missing, as on Colab and Kaggle, this installs it and what the course needs, Java too.
import importlib.util

if importlib.util.find_spec("sparkeras") is None:
    %pip install --quiet "sparkeras[local,course] @ {REPOSITORY}\""""
# Keras fixes its backend when it is imported, and takes TensorFlow where nobody chose another one.
_BEGIN = """import sparkeras.course

sparkeras.course.begin()  # chooses the backend that is installed, before Keras is imported"""


def notebook(lesson: Lesson, view: str) -> NotebookNode:
    """Return a Lesson as a notebook (nbformat), in a view of ``views.VIEWS``."""
    import nbformat

    document = nbformat.v4.new_notebook()
    document.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    document.metadata["lesson"] = {"number": lesson.number, "view": view}
    cells = []
    for cell in cells_of(lesson, view):
        new = nbformat.v4.new_markdown_cell if cell.kind == "markdown" else nbformat.v4.new_code_cell
        cells.append(new(cell.source, metadata={"tags": list(cell.tags)} if cell.tags else {}))
    setup = nbformat.v4.new_code_cell(_SETUP, metadata={"tags": ["setup"]})
    cells[1:1] = [setup, nbformat.v4.new_code_cell(_BEGIN)]  # below the title
    for i, cell in enumerate(cells):
        cell["id"] = f"cell-{i}"  # the same file each time it is built
    document.cells = cells
    return document


def text(lesson: Lesson, view: str, terminal: bool = False) -> str:
    """Return the file's text: a notebook's JSON, or with ``terminal`` a Python file in percent format."""
    import jupytext
    import nbformat

    document = notebook(lesson, view)
    if not terminal:
        return f"{nbformat.writes(document)}\n"
    document.cells = [cell for cell in document.cells if "setup" not in cell.metadata.get("tags", ())]
    document.metadata = nbformat.NotebookNode(jupytext={"notebook_metadata_filter": "-all"})
    return str(jupytext.writes(document, fmt="py:percent"))


def file_name(lesson: Lesson, terminal: bool = False) -> str:
    """Return the name of a lesson's file in a learner's folder."""
    return f"{lesson.name}.{'py' if terminal else 'ipynb'}"


def write(lesson: Lesson, folder: Path, view: str = "student", terminal: bool = False) -> Path:
    """Write a lesson's file into a folder and return its path; an existing file is left alone."""
    path = folder / file_name(lesson, terminal)
    if not path.exists():
        moved(path, lambda whole: whole.write_text(text(lesson, view, terminal), encoding="utf-8"))
    return path
