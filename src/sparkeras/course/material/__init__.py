"""The lessons' folders: in a wheel they lie here, in a checkout in ``course/`` beside ``src/``.

Runs on: driver.

A lesson's folder is a package of this one: ``sparkeras.course.material.10_music.checks``.
"""

import importlib
from pathlib import Path
from types import ModuleType

_HERE = Path(__file__).parent
FOLDER = _HERE if (_HERE / "units.yaml").is_file() else Path(__file__).parents[4] / "course"
__path__ = [str(FOLDER)]


def lesson_folders() -> list[Path]:
    """Return the folders of all lessons, in order."""
    return sorted(path.parent for path in FOLDER.glob("[0-9][0-9]_*/lesson.py"))


def checks_of(folder: Path) -> ModuleType:
    """Return the module that judges a lesson's answers."""
    return importlib.import_module(f"{__name__}.{folder.name}.checks")
