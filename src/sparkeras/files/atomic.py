"""Files that are written whole or not at all.

Runs on: driver.
"""

import os
import secrets


def moved(path, write):
    """Call ``write`` with a name beside ``path`` and move what it wrote there."""
    partial = path.with_name(f".{secrets.token_hex(4)}-{path.name}")
    try:
        write(partial)
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)
