"""``sparkeras course list | start | check | watch | hint | solution | progress | quiz | reset``.

Runs on: driver.
"""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sparkeras.errors import CourseError

if TYPE_CHECKING:
    from sparkeras.course.lesson import Lesson
    from sparkeras.course.progress import Progress

app = typer.Typer(
    help="The course: lessons whose exercises check themselves.", no_args_is_help=True, rich_markup_mode=None
)
Id = Annotated[str, typer.Argument(help="exercise: lesson and number, e.g. 2.1")]
Folder = Annotated[Path, typer.Option("--in", help="folder of your course")]
_LOOKS = 0.5  # seconds between two looks at the files
_WRONG = 1  # how a check of a wrong answer ends


@app.command("list")
def list_lessons() -> None:
    """List the lessons: minutes of reading and exercises, and what each is about."""
    from rich.console import Console
    from rich.table import Table

    from sparkeras.course import checking
    from sparkeras.course.lesson import lessons
    from sparkeras.course.progress import Progress

    progress, table = Progress.here(), Table(box=None, pad_edge=False)
    for title in ("", "lesson", "minutes", "done"):
        table.add_column(
            title, justify="right" if title in ("", "minutes", "done") else "left", no_wrap=title != "lesson"
        )
    for each in lessons():
        ids = checking.exercises(each.number)
        done = f"{sum(id in progress.done for id in ids)}/{len(ids)}" if progress else f"-/{len(ids)}"
        minutes = f"{each.reading} + {each.exercises}"
        table.add_row(str(each.number), f"{each.title}: {each.about}", minutes, done)
    console = Console()
    console.print(table)
    console.print("minutes: of reading + of exercises. Begin with 'sparkeras course start my-course'.", highlight=False)


@app.command()
def start(
    folder: Annotated[Path, typer.Argument(help="folder for your course, new or begun")],
    lesson: Annotated[str, typer.Option(help="lesson to open")] = "1",
    terminal: Annotated[bool, typer.Option("--terminal", help="Python files for any editor, not notebooks")] = False,
    clean: Annotated[bool, typer.Option("--clean", help="without the texts: once more, from memory")] = False,
    no_open: Annotated[bool, typer.Option("--no-open", help="write the files, open nothing")] = False,
) -> None:
    """Write the lessons into a folder and open the first one; what you have there already stays as it is."""
    from sparkeras.course import notebooks
    from sparkeras.course.lesson import find, lessons
    from sparkeras.course.progress import FILE, Progress

    chosen = find(lesson)
    if folder.is_file():
        raise CourseError(f"'{folder}' is a file. Choose a folder that is new, or the one of your course.")
    if folder.is_dir() and any(folder.iterdir()) and not (folder / FILE).is_file():
        raise CourseError(f"'{folder}' holds other things. Choose a folder that is new, or the one of your course.")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        Progress(folder).save()
        for each in lessons():
            notebooks.write(each, folder, "clean" if clean else "student", terminal)
    except OSError as error:
        raise CourseError(f"'{folder}' cannot be written: {error.strerror}. Choose another folder.") from error
    first = folder / notebooks.file_name(chosen, terminal)
    if (folder / notebooks.file_name(chosen, not terminal)).exists():
        print("There are notebooks and Python files of the lessons here now; what you save last is checked.")
    print(f"The lessons are in {folder}; begin with {first.name}.")
    print(f"In that folder, 'sparkeras course check {chosen.number}.1' checks your answer to the first exercise;")
    print("'sparkeras course --help' shows what else there is: hint, solution, watch, progress, quiz.")
    if terminal:
        print(f"'python {first.name}' runs a lesson and keeps its pictures in the folder pictures.")
    if not terminal and not no_open:
        _open(first)


@app.command()
def check(
    id: Id,
    folder: Folder = Path(),
    full: Annotated[bool, typer.Option("--full", help="run what stands above it with all rows and epochs")] = False,
) -> None:
    """Check the answer to an exercise in your file; it runs up to there, with few rows and epochs."""
    if not _checked(_course(folder), id, full):
        raise typer.Exit(_WRONG)


@app.command()
def watch(folder: Folder = Path()) -> None:
    """Wait for files to be saved and check the first exercise that is open in each; Ctrl-C ends it."""
    from sparkeras.course import checking

    progress = _course(folder)
    seen = _saved(progress.folder)
    print(f"Watching {progress.folder}; save a lesson to have it checked, Ctrl-C to end.")
    while True:
        time.sleep(_LOOKS)
        now = _saved(progress.folder)
        for path in [path for path in now if now[path] != seen.get(path)]:
            exercises = checking.exercises(int(path.name[:2]))
            # One that was right stays done, so the next one is looked at in the same breath.
            undone = [id for id in exercises if id not in progress.done]
            if not undone:
                print(
                    f"All of {path.name} is done; 'sparkeras course check ID' looks at one of them again.", flush=True
                )
            for id in undone:
                if not _checked(progress, id):
                    break
        seen = now


@app.command()
def hint(id: Id, folder: Folder = Path()) -> None:
    """Give the next hint for an exercise: each one says more."""
    from sparkeras.course import checking
    from sparkeras.course.progress import Progress

    found, progress = checking.find(id), Progress.here(folder)
    print(progress.next_hint(found) if progress else found.hints[0])


@app.command()
def solution(id: Id) -> None:
    """Show a solution of an exercise; there are others."""
    from sparkeras.course import checking, lesson, views

    found = checking.find(id)
    cell = next(cell for cell in lesson.find(found.lesson).cells if cell.exercise == found.id)
    print(views.with_answer(cell.source, views.answer(cell.source)))


@app.command()
def progress(folder: Folder = Path()) -> None:
    """Show what is done, lesson by lesson, and what comes next."""
    from sparkeras.course import checking
    from sparkeras.course.lesson import lessons

    kept, following, all_lessons = _course(folder), None, lessons()
    wide = max(len(each.title) for each in all_lessons)
    for each in all_lessons:
        ids = checking.exercises(each.number)
        marks = " ".join(f"{'✔' if id in kept.done else '·'}{id}" for id in ids)
        quiz = f"  quiz {kept.quizzes[each.name]:.0%}" if each.name in kept.quizzes else ""
        print(f"{each.number:>2} {each.title:<{wide}} {marks}{quiz}")
        following = following or next((id for id in ids if id not in kept.done), None)
    total = len(checking.exercises())
    print(f"{len(kept.done)} of {total} exercises are done." + (f" Next: {following}." if following else ""))


@app.command()
def quiz(unit: Annotated[str, typer.Argument(help="number of a lesson, or 'final'")], folder: Folder = Path()) -> None:
    """Ask the questions of a unit; each answer gets its reason."""
    from sparkeras.cli.course_quiz import ask_all
    from sparkeras.course import quiz as quizzes
    from sparkeras.course.progress import Progress

    found, kept = quizzes.read(unit), Progress.here(folder)
    share = ask_all(found)
    if kept:
        kept.record_quiz(found.name, share)


@app.command()
def reset(lesson: Annotated[str, typer.Argument(help="number or name of a lesson")], folder: Folder = Path()) -> None:
    """Begin a lesson anew; your file stays beside the new one as NAME.old."""
    from sparkeras.course import notebooks
    from sparkeras.course.lesson import find

    found, kept = find(lesson), _course(folder)
    path = _file(kept, found)
    number, old = 1, path.with_name(f"{path.name}.old")
    while old.exists():
        number += 1
        old = path.with_name(f"{path.name}.old{number}")
    path.rename(old)
    notebooks.write(found, kept.folder, terminal=path.suffix == ".py")
    print(f"{path.name} is new; what you had is in {old.name}. What you have solved stays marked as done.")


def _open(notebook: Path) -> None:
    """Open a notebook in JupyterLab and wait until it ends."""
    from sparkeras.engine import backends

    if importlib.util.find_spec("jupyterlab") is None:
        raise CourseError("JupyterLab is missing: pip install 'sparkeras[course]', or take --terminal and your editor.")
    # Notebooks of older versions import Keras without choosing a backend.
    environment = os.environ | {"KERAS_BACKEND": backends.choose()}
    command = [sys.executable, "-m", "jupyterlab", notebook.name]
    ended = subprocess.run(command, cwd=notebook.parent, env=environment, check=False)
    if ended.returncode:
        root = " It refuses to run as root." if hasattr(os, "geteuid") and os.geteuid() == 0 else ""
        raise CourseError(f"JupyterLab did not start; what it says is above.{root} --terminal goes without it.")


def _course(folder: Path) -> Progress:
    """Return the Progress of the course here.

    Raises
    ------
    CourseError
        If there is none.
    """
    from sparkeras.course.progress import Progress

    progress = Progress.here(folder)
    if progress is None:
        raise CourseError("There is no course here. Go into its folder, or begin: 'sparkeras course start my-course'.")
    return progress


def _checked(progress: Progress, id: str, full: bool = False) -> bool:
    """Check one exercise of the course, print the verdict, and return whether the answer is right."""
    from sparkeras.course import answers, checking
    from sparkeras.course.lesson import find

    exercise = checking.find(id)
    result = answers.judge_file(_file(progress, find(exercise.lesson)), exercise.id, full)
    print(checking.spoken(exercise, result))
    progress.record(exercise.id, result.ok)
    return result.ok


def _file(progress: Progress, lesson: Lesson) -> Path:
    """Return the learner's file of a lesson: the one that was saved last, where there are two."""
    from sparkeras.course import notebooks

    both = [progress.folder / notebooks.file_name(lesson, terminal) for terminal in (False, True)]
    there = [path for path in both if path.is_file()]
    if not there:
        raise CourseError(f"'{both[0].name}' is not in {progress.folder}. 'sparkeras course start' brings it back.")
    return max(there, key=lambda path: path.stat().st_mtime)


def _saved(folder: Path) -> dict[Path, float]:
    """Return {path: time of its last change} of the lessons' files in a folder."""
    files = [path for path in folder.glob("[0-9][0-9]_*") if path.suffix in (".ipynb", ".py")]
    return {path: path.stat().st_mtime for path in files}
