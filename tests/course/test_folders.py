"""The folders of the course: a file for each purpose, files that stay short, and a wheel without wrong answers."""

import contextlib
import io
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from sparkeras.course import lesson, quiz
from tests import test_imports

ROOT = Path(__file__).parents[2]
COURSE = ROOT / "course"
PARTS = {"lesson.py", "checks.py", "mistakes.py", "quiz.yaml"}
CHECKS = sorted(path for path in COURSE.glob("*/*.py") if path.name not in ("lesson.py", "mistakes.py"))


def test_each_lesson_has_a_folder_with_its_parts():
    folders = sorted(path for path in COURSE.iterdir() if path.is_dir() and path.name[0].isdigit())
    assert [each.parent.name for each in lesson.files()] == [folder.name for folder in folders]
    for folder in folders:
        assert {path.name for path in folder.iterdir()} >= PARTS, folder.name
    assert quiz.names() == [*(folder.name for folder in folders), "final"]


@pytest.mark.parametrize("path", CHECKS, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_checks_are_short(path):
    test_imports.test_files_and_functions_are_short_and_pandas_stays_out(path)


def in_the_wheel():
    """Return the paths in the wheel of what pyproject.toml takes from ``course``."""
    build = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["wheel"]
    assert "course" in build["only-include"]
    out = {path for pattern in build["exclude"] for path in ROOT.glob(pattern.removeprefix("/"))}
    files = {path for path in COURSE.rglob("*") if path.is_file() and "__pycache__" not in path.parts} - out
    return {f"{build['sources']['course']}/{path.relative_to(COURSE).as_posix()}" for path in files}


def test_the_wheel_has_all_of_the_lessons_but_the_wrong_answers():
    names = in_the_wheel()
    for folder in (each.parent.name for each in lesson.files()):
        for part in PARTS - {"mistakes.py"}:
            assert f"sparkeras/course/material/{folder}/{part}" in names
    assert "sparkeras/course/material/final/quiz.yaml" in names
    assert "sparkeras/course/material/units.yaml" in names
    assert not [name for name in names if "mistakes" in name or name.endswith(".md")]


def test_hatchling_builds_what_the_project_file_says():
    wheel = pytest.importorskip("hatchling.builders.wheel")
    with contextlib.redirect_stdout(io.StringIO()):
        files = [each.distribution_path for each in wheel.WheelBuilder(str(ROOT)).recurse_included_files()]
    built = {path for path in files if path.startswith("sparkeras/course/material/")}
    assert built - {"sparkeras/course/material/__init__.py"} == in_the_wheel()
    assert "sparkeras/fitting.py" in files


def test_the_import_changes_no_environment_variable(tmp_path):
    code = (
        "import os\nbefore = dict(os.environ)\n"
        "import sparkeras.course\nfrom sparkeras.course import answers, bug_museum, checking, lesson, notebooks, quiz\n"
        "checking.exercises(), lesson.lessons(), quiz.names()\n"
        "changed = {name for name, value in os.environ.items() | before.items() if before.get(name) != value}\n"
        "print(sorted(changed | {name for name in before if name not in os.environ}))\n"
        "sparkeras.course.begin()\nprint(sorted(set(os.environ) - set(before)))"
    )
    path = tmp_path / "07_mine.py"  # where a lesson's program would have its plots as files
    path.write_text(code)
    unset = ("KERAS_BACKEND", "MPLBACKEND", "DISPLAY", "WAYLAND_DISPLAY")
    environment = {name: value for name, value in os.environ.items() if name not in unset}
    done = subprocess.run([sys.executable, path], env=environment, capture_output=True, text=True, check=True)
    changed, begun = done.stdout.splitlines()
    assert changed == "[]"
    assert "KERAS_BACKEND" in begun
    assert sys.platform != "linux" or "MPLBACKEND" in begun
