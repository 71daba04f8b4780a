"""The units of five other teaching projects, and the lessons here that cover them.

Runs on: driver.
"""

from typing import TypedDict

from sparkeras.course import material


class _Unit(TypedDict, total=False):
    unit: str
    lessons: list[int]
    mended: str


class Project(TypedDict):
    """A teaching project; a unit has ``unit``, ``lessons`` and perhaps ``mended``, an error there that ours avoid."""

    project: str
    units: list[_Unit]


def read() -> list[Project]:
    """Return the projects of ``units.yaml``."""
    import yaml

    projects: list[Project] = yaml.safe_load((material.FOLDER / "units.yaml").read_text(encoding="utf-8"))
    return projects
