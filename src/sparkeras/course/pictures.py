"""Pictures of a lesson that runs as a program and not as a notebook: PNG files in a folder, and where they are.

Runs on: driver.
"""

import os
import re
import sys
from pathlib import Path

FOLDER = "pictures"
_BACKEND = "module://sparkeras.course.png_backend"
_LESSON = re.compile(r"\d\d_\w+\.py")
_kept: list[Path] = []


def in_notebook():
    """Tell whether cells of a notebook call."""
    if "IPython" not in sys.modules:
        return False
    from IPython import get_ipython

    return get_ipython() is not None


def without_screen():
    """Let ``plt.show()`` keep figures as files in a lesson that has no screen, unless the user chose a backend."""
    # Of other programs, such as the one that starts JupyterLab, kernels would inherit the choice.
    program = Path(getattr(sys.modules["__main__"], "__file__", None) or "").name
    screen = sys.platform in ("win32", "darwin") or os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    if not _LESSON.fullmatch(program) or screen or in_notebook() or os.environ.get("MPLBACKEND"):
        return
    os.environ["MPLBACKEND"] = _BACKEND
    if "matplotlib" in sys.modules:
        import matplotlib

        matplotlib.use(_BACKEND)


def wanted():
    """Tell whether a program's pictures are kept: not in a check, which says Agg."""
    return os.environ.get("MPLBACKEND", "").lower() != "agg"


def keep(png):
    """Write the next picture of this lesson and print where it is."""
    folder = Path.cwd() / FOLDER
    folder.mkdir(exist_ok=True)
    path = folder / f"{Path(sys.argv[0]).stem or 'lesson'}-{len(_kept) + 1}.png"
    path.write_bytes(png)
    _kept.append(path)
    print(f"picture: {path}")
