"""Files that are written whole or not at all.

Runs on: driver.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any


def moved(path: Path, write: Callable[[Path], Any]) -> None:
    """Write atomically: call ``write`` with a temporary path beside ``path``, then rename that file to ``path``."""
    partial = path.with_name(f".{secrets.token_hex(4)}-{path.name}")
    try:
        write(partial)
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)
