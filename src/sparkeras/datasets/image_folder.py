"""Folders of images: each class a folder, ``cats/*.jpg``, below ``train`` and ``validation`` or without that split.

Runs on: driver.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import numpy as np

from sparkeras.datasets.assemble import IMAGE_RESCALE
from sparkeras.datasets.contract import Arrays, Schema
from sparkeras.datasets.splits import split_rows
from sparkeras.errors import DataError, InvalidParamError, require_packages
from sparkeras.files import image_files

ENDINGS = (".jpg", ".jpeg", ".png", ".gif", ".bmp", ".webp", ".tif", ".tiff")
TESTS = ("validation", "test", "val")
SIZE = 96  # pixels of a side, by default
INVALID = ("error", "skip")
_PARTS = ("train", *TESTS)
Labelled = list[tuple[str, int]]  # name of a file, its label


@dataclass(frozen=True)
class ImageFolder:
    """The files of a folder of images.

    Attributes
    ----------
    root : Path, or str for one elsewhere
    classes : tuple of str
        Names of the class folders, sorted; a file's label is its place here.
    train, test : list of (str, int)
        Names of files below ``root``, such as ``train/cats/1.jpg``, with their labels; sorted.
    """

    root: Path | str
    classes: tuple[str, ...]
    train: Labelled
    test: Labelled

    @property
    def schema(self) -> Schema:
        """Return the names of a row's feature, label and classes."""
        return Schema(("image",), ("class",), self.classes)


def is_one(folder: str | Path) -> bool:
    """Tell whether a path is a folder of images."""
    root = Path(folder).expanduser()
    return root.is_dir() and bool(_classes(root / "train" if (root / "train").is_dir() else root))


def scan(folder: str | Path, seed: int = 0) -> ImageFolder:
    """Return the ImageFolder of a local path; see ``sort``."""
    root = Path(folder).expanduser()
    if not root.is_dir():
        raise DataError(f"There is no folder '{root}'. Is the path right?")
    files = (Path(place) / name for place, _, names in os.walk(root, followlinks=True) for name in names)
    return sort(root, (path.relative_to(root).as_posix() for path in files), seed)


def sort(root: str | Path, names: Iterable[str], seed: int = 0) -> ImageFolder:
    """Return the ImageFolder of the files below a folder: with its own split, or one of 80 and 20 % by a seed.

    Parameters
    ----------
    root : Path or str
    names : iterable of str
        Of all files below it; ``cats/1.jpg``, ``cats/old/2.jpg`` and ``train/cats/1.jpg`` count, others are left
        aside.
    seed : int
        Of a split, which takes of each class alike.

    Raises
    ------
    DataError
        If there are no class folders with images, or the test images are of a class that training lacks.
    """
    parts = _parts(names)
    own = "train" in parts
    classes = tuple(sorted(parts["train" if own else ""]))
    if len(classes) < 2:
        name = str(root).rstrip("/").rsplit("/", 1)[-1]
        raise DataError(
            f"'{root}' has {len(classes)} folder(s) of images; expected two or more, one for each class, e.g. "
            f"'{name}/cats' and '{name}/dogs', or the same below 'train' and 'validation'."
        )
    if not own:
        files = _labelled(parts[""], classes)
        train, test = split_rows(len(files), seed, np.array([label for _, label in files]), where=f"'{root}'")
        return ImageFolder(root, classes, [files[i] for i in sorted(train)], [files[i] for i in sorted(test)])
    held_out = next((name for name in TESTS if name in parts), None)
    if held_out is None:
        raise DataError(f"'{root}' has a folder 'train' but none to test with: expected {' or '.join(TESTS)}.")
    unknown = sorted(set(parts[held_out]) - set(classes))
    if unknown:
        raise DataError(f"'{root}/{held_out}' has the class {unknown[0]!r}, but '{root}/train' does not.")
    return ImageFolder(root, classes, _labelled(parts["train"], classes), _labelled(parts[held_out], classes))


def read(folder: str | Path, seed: int = 0, size: int = SIZE, invalid: str = "error") -> Arrays:
    """Return the Arrays of all images: uint8 (rows, size, size, 3).

    Raises
    ------
    DataError
        If an image is empty or broken and ``invalid`` is "error"; names it. With "skip" such files are left out.
    """
    require_size(size)
    require_invalid(invalid)
    images = scan(folder, seed)
    x_train, y_train, _ = decoded(images.root, images.train, (size, size), invalid)
    x_test, y_test, _ = decoded(images.root, images.test, (size, size), invalid)
    return Arrays("", x_train, y_train, x_test, y_test, len(images.classes), IMAGE_RESCALE, "", images.schema)


def decoded(
    root: str | Path, files: Labelled, size: tuple[int, int], invalid: str = "error"
) -> tuple[np.ndarray, np.ndarray, list[Path]]:
    """Return images (rows, *size, 3) uint8, labels (rows,) int32, and the paths of files that are not images."""
    x, y = np.empty((len(files), *size, 3), np.uint8), np.empty(len(files), np.int32)
    rows, broken = 0, []
    for name, label in files:
        path = Path(root) / name
        image = image_files.opened(path.read_bytes())
        if image is None and invalid == "error":
            raise DataError(
                f"'{path}' is empty, broken, or no image that Pillow reads. Delete it, or leave such files out "
                "(invalid='skip', --invalid skip)."
            )
        if image is None:
            broken.append(path)
            continue
        x[rows], y[rows] = image_files.fitted(image, x.shape[1:]), label
        rows += 1
    return x[:rows], y[:rows], broken


def require_size(size: int) -> None:
    """Raise InvalidParamError for a side that no image has."""
    if not isinstance(size, int) or isinstance(size, bool) or not 1 <= size <= 4096:
        raise InvalidParamError(f"'image_size' must be 1 to 4096 pixels of a side; got {size!r}.")


def require_invalid(invalid: str) -> None:
    """Raise InvalidParamError unless it is "error" or "skip"."""
    if invalid not in INVALID:
        raise InvalidParamError(f"'invalid' must be one of {', '.join(INVALID)}; got {invalid!r}.")


def _classes(folder: Path) -> tuple[str, ...]:
    """Return the names of the folders that hold images, sorted."""
    if not folder.is_dir():
        return ()
    names = (path.name for path in folder.iterdir() if path.is_dir() and not path.name.startswith("."))
    return tuple(sorted(name for name in names if name not in ("train", *TESTS) and _holds_images(folder / name)))


def _holds_images(folder: Path) -> bool:
    return any(is_image(Path(name)) for _, _, names in os.walk(folder, followlinks=True) for name in names)


def is_image(path: Path | PurePosixPath) -> bool:
    """Tell by its name whether a file is an image; hidden files do not count."""
    return path.suffix.lower() in ENDINGS and not path.name.startswith(".")


def _parts(names: Iterable[str]) -> dict[str, dict[str, list[str]]]:
    """Return {part: {class: names of images}}; the part is "" where there is no folder ``train``."""
    parts: dict[str, dict[str, list[str]]] = {}
    for path in map(PurePosixPath, names):
        part = path.parts[0] if path.parts[0] in _PARTS else ""
        folders = path.parts[bool(part) : -1]
        if is_image(path) and folders and not any(name.startswith(".") for name in folders):
            parts.setdefault(part, {}).setdefault(folders[0], []).append(str(path))
    return parts if "train" in parts else {"": parts.get("", {})}


def _labelled(files: Mapping[str, Sequence[str]], classes: tuple[str, ...]) -> Labelled:
    return [(name, label) for label, each in enumerate(classes) for name in sorted(files.get(each, ()))]


def sample(folder: Path, rng: np.random.Generator, classes: Sequence[str], rows: int = 20) -> None:
    """Write made-up images, dark ones and bright ones, below ``train`` and ``validation``."""
    require_packages("tools", "PIL")
    from PIL import Image

    for part, count in (("train", rows), ("validation", rows // 2)):
        for label, name in enumerate(classes):
            place = folder / part / name
            place.mkdir(parents=True, exist_ok=True)
            for number in range(count):
                shape = tuple(int(side) for side in rng.integers(30, 60, 2))
                dark = 200 * label // len(classes)
                pixels = rng.integers(dark, dark + 50, (*shape, 3), dtype=np.uint8)
                Image.fromarray(pixels).save(place / f"synthetic-{number:03d}.png")
