"""``sparkeras picture``: one picture of a finished run, or the curves of several.

Runs on: driver.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

from sparkeras.cli.score import BackendOption, MasterOption
from sparkeras.errors import DataError, InvalidParamError

KINDS = {
    "history": "loss and metrics per epoch; of several runs one over the other",
    "classes": "accuracy per class",
    "confusion": "true classes against predicted ones",
    "mistakes": "the worst mistakes",
    "images": "the first 60 test images with their predictions",
    "filters": "filters of the first convolution",
    "features": "feature maps of one image",
    "boundary": "the decision boundary of two features",
    "scatter": "predicted against true amounts",
    "residuals": "predicted less true amounts",
    "importance": "of a table: what each column does for the model",
    "calibration": "of a table: whether probabilities come true",
    "lift": "of a table: what the rows with the highest probability hold",
    "map": "true and predicted places on the globe",
    "diagram": "the model's layers",
}


def picture(
    runs: Annotated[list[Path], typer.Argument(help="folder of a finished run; several for history")],
    kind: Annotated[str, typer.Argument(help=", ".join(KINDS))],
    out: Annotated[Path | None, typer.Option(help="PNG to make [RUN-KIND.png]", show_default=False)] = None,
    show: Annotated[bool, typer.Option("--show", help="open it in a window, where there is a display")] = False,
    row: Annotated[int, typer.Option(help="features: which of the test rows, from 0", min=0)] = 0,
    image: Annotated[Path | None, typer.Option(help="features: an image file instead of a test row")] = None,
    layer: Annotated[str | None, typer.Option(help="features: name of a layer [the first convolution]")] = None,
    master: MasterOption = None,
    backend: BackendOption = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="replace a file that is there")] = False,
) -> None:
    """Draw a picture of a run. Most come from its folder; images, features and boundary read its data again."""
    from sparkeras.runs.run_folder import Run

    if kind not in KINDS:
        raise InvalidParamError(f"Unknown picture {kind!r}; expected one of {', '.join(KINDS)}.")
    if len(runs) > 1 and kind != "history":
        raise InvalidParamError(f"The picture {kind!r} is of one run; got {len(runs)}. Only history takes several.")
    opened = [Run.open(path) for path in runs]
    out = out or Path(f"{'-'.join(run.path.name for run in opened)[:80]}-{kind}.png")
    if out.suffix != ".png":
        raise DataError(f"The picture is a PNG: name it so, e.g. '{out.with_suffix('.png')}'.")
    if out.is_dir() or (out.exists() and not overwrite):
        raise DataError(f"'{out}' exists already. Choose another file{'' if out.is_dir() else ', or --overwrite'}.")
    from sparkeras.runs.pictures import Drawing

    out.parent.mkdir(parents=True, exist_ok=True)
    note = Drawing(opened, row, image, layer, master, backend).draw(kind, out)
    print(f"{out}: {note or KINDS[kind]}")
    if show and not _opened(out):
        print(f"There is no display here; the picture lies at {out.resolve()}")


def _opened(path: Path) -> bool:
    """Open a file with the system's viewer; tell whether there was one."""
    if sys.platform == "darwin":
        viewer = "open"
    elif os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"):
        viewer = "xdg-open"
    else:
        return False
    if not shutil.which(viewer):
        return False
    return subprocess.run([viewer, str(path)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0
