"""``sparkeras convert``: models of Keras 1 and 2 to a ``.keras`` file, and Keras 3 in two files and back.

Runs on: driver.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sparkeras.errors import DataError
from sparkeras.files.atomic import moved

if TYPE_CHECKING:
    import keras

FORMS = (
    "'MODEL.json WEIGHTS.h5 NEW.keras', 'MODEL.h5 NEW.keras' or 'OLD.keras NEW.keras' (a whole model), "
    "or 'MODEL.keras NEW.json NEW.weights.h5'"
)
WHOLE = (".h5", ".hdf5", ".keras")


def convert(
    files: Annotated[list[Path], typer.Argument(help=f"what to read, then what to write: {FORMS}", show_default=False)],
    overwrite: Annotated[bool, typer.Option("--overwrite", help="replace files that are there")] = False,
    theano_kernels: Annotated[
        bool, typer.Option("--theano-kernels", help="turn convolution kernels that Theano learned")
    ] = False,
) -> None:
    """Bring a model of Keras 1, Keras 2 or tf.keras to Keras 3, or take a .keras file apart.

    Code in old files (Lambda layers) is never run; what has no counterpart is refused by its layer's name.
    """
    from sparkeras.engine import backends

    endings = tuple(path.suffix.lower() for path in files)
    backends.load(backends.choose(), without=backends.WRAPPED)
    foreign = _foreign(files[:-1])
    if foreign:
        raise DataError(foreign)
    if endings in ((".json", ".h5", ".keras"), (".json", ".hdf5", ".keras"), *((each, ".keras") for each in WHOLE)):
        _to_keras(files[:-1], files[-1], overwrite, theano_kernels)
    elif endings == (".keras", ".json", ".h5"):
        _apart(files, overwrite)
    else:
        raise DataError(f"{_mistake(endings)}; expected {FORMS}.")


def _foreign(sources: Sequence[Path]) -> str | None:
    """Return why a file cannot be converted, where one is of another library; else None."""
    from sparkeras.legacy.foreign import refusal

    return next(filter(None, map(refusal, sources)), None)


def _mistake(endings: tuple[str, ...]) -> str:
    if ".keras" in endings and sorted(endings) == sorted((".json", ".h5", ".keras")):
        return "The order of the files does not tell what to read and what to write"
    if endings == (".json", ".keras"):
        return "The weights are missing: a JSON file holds the architecture alone"
    return f"No conversion from and to {', '.join(ending or 'no ending' for ending in endings)}"


def _to_keras(sources: Sequence[Path], out: Path, overwrite: bool, theano_kernels: bool) -> None:
    _require_free(out, overwrite)
    from sparkeras import legacy

    architecture, *weights = sources
    revived = legacy.read(architecture, weights[0] if weights else None, theano_kernels=theano_kernels)
    out.parent.mkdir(parents=True, exist_ok=True)
    moved(out, revived.model.save)
    _print_origin(sources, revived.origin, revived.model)
    for note in revived.notes:
        print(f"note: {note}")
    print(f"{out} holds the model")


def _apart(files: Sequence[Path], overwrite: bool) -> None:
    source, architecture, weights = files
    if not weights.name.endswith(".weights.h5"):
        raise DataError(
            f"Keras 3 wants the weights' name to end in .weights.h5: '{weights.with_suffix('.weights.h5')}'."
        )
    for path in (architecture, weights):
        _require_free(path, overwrite)
    import keras

    from sparkeras import legacy
    from sparkeras.engine.model_files import open_file

    origin = f"Keras {legacy.archives.version(source) or keras.__version__}"
    model = open_file(source)
    for path in (architecture, weights):
        path.parent.mkdir(parents=True, exist_ok=True)
    text = model.to_json()

    def write_both(whole: Path) -> None:
        whole.write_text(text + "\n", encoding="utf-8")
        moved(weights, model.save_weights)  # first, for an architecture without its weights would look whole

    moved(architecture, write_both)
    _print_origin([source], origin, model)
    print(f"{architecture} holds the architecture, {weights} the weights")


def _require_free(path: Path, overwrite: bool) -> None:
    if path.is_dir() or (path.exists() and not overwrite):
        raise DataError(f"'{path}' exists already. Choose another file{'' if path.is_dir() else ', or --overwrite'}.")


def _print_origin(sources: Sequence[Path], origin: str, model: keras.Model) -> None:
    names = " and ".join(str(path) for path in sources)
    print(f"{names}: {origin}, {len(model.layers)} layers, {model.count_params():,} parameters")
