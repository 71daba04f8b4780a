"""The runs that lie in a folder, as the lab sees them.

Runs on: driver. Imports: ``runs``.
"""

from pathlib import Path


def finished(folder):
    """Return {name: folder} of the finished runs directly below a folder; empty where there is none."""
    folder = Path(folder).expanduser()
    if not folder.is_dir():
        return {}
    paths = sorted(path for path in folder.iterdir() if not path.name.endswith(".partial"))
    return {path.name: path for path in paths if (path / "summary.json").is_file() and (path / "model.keras").is_file()}
