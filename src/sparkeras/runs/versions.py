"""The versions that a run depends on.

Runs on: driver.
"""

from __future__ import annotations

import importlib.metadata
import platform
import sys

import keras


def versions() -> dict[str, str]:
    """Return the versions of packages, Python and the system by name."""
    by_name = {name: importlib.metadata.version(name) for name in ("sparkeras", "keras", "pyspark", "numpy")}
    backend = keras.config.backend()
    try:
        by_name[backend] = importlib.metadata.version(backend)
    except importlib.metadata.PackageNotFoundError:
        by_name[backend] = sys.modules[backend].__version__  # tensorflow comes as tensorflow-cpu as well
    return by_name | {"python": platform.python_version(), "system": platform.platform()}
