"""What five teaching projects teach, unit by unit, and the lessons here that cover it.

Runs on: driver.
"""

from sparkeras.course import material


def read():
    """Return the projects, each a dict of ``project`` and ``units``: dicts of ``unit``, ``lessons`` and ``mended``."""
    import yaml

    return yaml.safe_load((material.folder() / "units.yaml").read_text(encoding="utf-8"))
