"""The runs that lie in a folder, as the lab sees them.

Runs on: driver. Imports: ``runs``, ``errors``.
"""

from pathlib import Path

from sparkeras.errors import RunFolderError
from sparkeras.runs import Run


def finished(folder):
    """Return {name: folder} of the finished runs directly below a folder; empty where there is none."""
    folder = Path(folder).expanduser()
    if not folder.is_dir():
        return {}
    paths = sorted(path for path in folder.iterdir() if not path.name.endswith(".partial"))
    return {path.name: path for path in paths if (path / "summary.json").is_file() and (path / "model.keras").is_file()}


def of_images(folders):
    """Return the names of those runs, of {name: folder}, that tell classes of square images; the newest first."""
    found = []
    for name, folder in folders.items():
        try:
            run = Run.open(folder)
            if run.summary["data"].get("task") == "classification" and is_image(run.summary["data"]["input_shape"]):
                found.append((run.started, name))
        except (RunFolderError, KeyError, TypeError):
            continue
    return [name for _, name in sorted(found, reverse=True)]


def is_image(shape):
    """Tell whether (height, width[, channels]) is a square image of 7 pixels a side or more, in grey or colours."""
    return len(shape) in (2, 3) and shape[0] == shape[1] >= 7 and (*shape, 1)[2] in (1, 3)
