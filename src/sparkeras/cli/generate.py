"""``sparkeras generate``: images from the GAN of a finished run.

Runs on: driver.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sparkeras.cli.score import BackendOption, RunArgument
from sparkeras.errors import DataError, InvalidModelError, InvalidParamError

if TYPE_CHECKING:
    import numpy as np

    from sparkeras.runs.run_folder import Run
    from sparkeras.zoo.gan import GAN


def generate(
    run: RunArgument,
    count: Annotated[int, typer.Option(help="images to make")] = 64,
    out: Annotated[Path | None, typer.Option(help="picture of all of them [RUN/generated.png]")] = None,
    npz: Annotated[Path | None, typer.Option(help="also write their numbers, as the array x of this .npz file")] = None,
    seed: Annotated[int | None, typer.Option(help="seed of the noise; another one each time without")] = None,
    backend: BackendOption = None,
) -> None:
    """Make images by a run's GAN and write them as one picture."""
    from sparkeras.files.atomic import moved
    from sparkeras.runs.run_folder import Run

    opened = Run.open(run)
    if count < 1:
        raise InvalidParamError(f"'--count' must be 1 or more; got {count}.")
    model = _open_gan(opened, backend)
    from sparkeras.zoo.samples import grid

    images = model.generate(count, seed)
    picture = out or opened.path / "generated.png"
    if picture.suffix.lower() != ".png":
        raise InvalidParamError(f"'--out' must end in .png; got '{picture}'.")
    for path in filter(None, (picture, npz)):
        if not path.parent.is_dir():
            raise DataError(f"There is no folder '{path.parent}'. Make it, or give another path.")
    png = grid(model.factor * images)
    moved(picture, lambda path: path.write_bytes(png))
    print(f"{count:,} images are in {picture}")
    if npz:
        moved(npz, lambda path: _write_numbers(path, images))
        print(f"their numbers are in {npz}")


def _write_numbers(path: Path, images: np.ndarray) -> None:
    import numpy as np

    with path.open("wb") as file:  # given a name, NumPy would add .npz to it
        np.savez_compressed(file, x=images)


def _open_gan(run: Run, backend: str | None) -> GAN:
    from sparkeras.runs.saved_model import open_model

    model = open_model(run, backend)
    from sparkeras.zoo.gan import GAN

    if not isinstance(model, GAN):
        raise InvalidModelError(
            f"The run '{run.path}' holds {model.name}, which makes no images. Train one that does: --model gan."
        )
    return model
