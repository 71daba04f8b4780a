"""Pictures of a lesson that runs as a program: PNG files in a folder, and their paths printed.

Runs on: driver.
"""

import os
import re
import sys
from pathlib import Path

FOLDER = "pictures"
_BACKEND = "module://sparkeras.course.png_backend"
_LESSON = re.compile(r"\d\d_\w+\.py")
_written: list[Path] = []


def in_notebook() -> bool:
    """Tell whether the caller is a cell of a notebook."""
    if "IPython" not in sys.modules:
        return False
    from IPython import get_ipython

    return get_ipython() is not None


def without_screen() -> None:
    """Let ``plt.show()`` write files in a lesson's program that has no screen, unless the user chose a backend."""
    # Kernels would inherit the choice from other programs, such as the one that starts JupyterLab.
    program = Path(getattr(sys.modules["__main__"], "__file__", None) or "").name
    screen = sys.platform in ("win32", "darwin") or os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    if not _LESSON.fullmatch(program) or screen or in_notebook() or os.environ.get("MPLBACKEND"):
        return
    os.environ["MPLBACKEND"] = _BACKEND
    if "matplotlib" in sys.modules:
        import matplotlib

        matplotlib.use(_BACKEND)


def wanted() -> bool:
    """Tell whether a program's pictures are written; a check of an answer sets the backend Agg and wants none."""
    return os.environ.get("MPLBACKEND", "").lower() != "agg"


def keep(png: bytes) -> None:
    """Write the next picture of this lesson and print its path."""
    folder = Path.cwd() / FOLDER
    folder.mkdir(exist_ok=True)
    path = folder / f"{Path(sys.argv[0]).stem or 'lesson'}-{len(_written) + 1}.png"
    path.write_bytes(png)
    _written.append(path)
    print(f"picture: {path}")
