"""Where lessons and quizzes lie: in the wheel, or beside the sources of a checkout.

Runs on: driver.
"""

from pathlib import Path


def folder():
    """Return the folder that holds ``lessons`` and ``quizzes``."""
    in_wheel = Path(__file__).parent / "material"
    return in_wheel if in_wheel.is_dir() else Path(__file__).parents[3] / "course"
