"""Run a learner's file up to an exercise, in a process of its own, and judge the answer.

Runs on: driver.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from sparkeras.course import checking, in_lessons
from sparkeras.course.exercise import Result
from sparkeras.course.in_lessons import FAST
from sparkeras.engine import backends
from sparkeras.errors import CourseError

_CALL = re.compile(r"^\s*check\(\s*[\"'](\d+\.\d+)[\"']", re.MULTILINE)


def code_until(path: Path, id: str) -> list[str]:
    """Return the sources of a file's code cells before ``check("ID")``, without Jupyter's own lines.

    Raises
    ------
    CourseError
        If the file cannot be read, or has no such check.
    """
    import jupytext

    try:
        notebook = jupytext.read(path)
    except FileNotFoundError as error:
        raise CourseError(f"There is no file '{path}'. Run 'sparkeras course start' in this folder again.") from error
    except Exception as error:  # jupytext raises many kinds for a damaged notebook
        raise CourseError(f"'{path}' is not a notebook that can be read ({checking.first_line(error)}).") from error
    sources: list[str] = []
    for cell in notebook.cells:
        if cell.cell_type != "code" or "setup" in cell.metadata.get("tags", ()):
            continue
        if id in _CALL.findall(cell.source):
            return sources
        lines = cell.source.splitlines()
        code = [line for line in lines if not line.lstrip().startswith(("%", "!")) and not _CALL.match(line)]
        sources.append("\n".join(code))
    raise CourseError(f"'{path}' has no cell with check(\"{id}\"). Put it back below your answer.")


def judge_file(path: Path, id: str, full: bool = False, timeout: float = 600) -> Result:
    """Return the Result of the answer in a learner's file.

    The code above it runs with few rows and epochs, as lessons' ``pick`` says, or ``full``; the last line of its output
    is shown if the process breaks off. The message on a right answer says so where it is based on few rows.

    Raises
    ------
    CourseError
        If the file has no such exercise, or runs for longer than ``timeout`` seconds.
    """
    sources = code_until(path, id)
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "cells.json").write_text(json.dumps(sources), encoding="utf-8")
        ended = _run_apart(folder, path, id, full, timeout)
        answer = Path(folder, "result.json")
        if not answer.is_file():
            last = (ended.stdout.strip().splitlines() or ["(nothing)"])[-1]
            raise CourseError(f"'{path}' broke off before the check of {id}; its last line of output: {last[:200]}")
        result = Result(**json.loads(answer.read_text(encoding="utf-8")))
        if result.ok and not full and any("pick(" in source for source in sources):
            return Result(True, f"{result.message} (With few rows and epochs; --full takes all.)", result.hint)
        return result


def _run_apart(folder: str, path: Path, id: str, full: bool, timeout: float) -> subprocess.CompletedProcess[str]:
    """Run the cells of ``folder`` in a process of its own, as in the folder of the learner's file."""
    # Files of older versions import Keras without sparkeras.course.begin().
    environment = os.environ | {"KERAS_BACKEND": backends.choose(), "MPLBACKEND": "Agg"} | ({} if full else {FAST: "1"})
    try:
        return subprocess.run(
            [sys.executable, "-m", "sparkeras.course.answers", folder, id],
            cwd=path.parent,
            env=environment,
            timeout=timeout,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise CourseError(f"'{path}' ran for more than {timeout} seconds and was stopped.") from error


def _run(folder: str, id: str) -> None:
    """Run the cells and judge the answer; the message on a wrong one names a cell that failed."""
    namespace: dict[str, object] = {"__name__": "__main__"}
    failed = ""
    for source in json.loads(Path(folder, "cells.json").read_text(encoding="utf-8")):
        try:
            exec(compile(source, "your cell", "exec"), namespace)
        except Exception as error:
            begins = next((line for line in source.splitlines() if line.strip()), "")
            failed = f" The cell that begins with '{begins[:60]}' ended in {type(error).__name__}"
            failed += f": {checking.first_line(error)}"
    result = checking.judge(id, namespace)
    if in_lessons.sampled():
        message = f"{result.message} (Of MADE-UP rows: the real data set is missing here.)"
        result = Result(result.ok, message, result.hint)
    if failed and not result.ok:
        result = Result(False, result.message + failed, result.hint)
    Path(folder, "result.json").write_text(json.dumps(vars(result)), encoding="utf-8")


if __name__ == "__main__":
    _run(*sys.argv[1:])
