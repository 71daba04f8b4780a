"""Folders of images: each class a folder, ``cats/*.jpg``, below ``train`` and ``validation`` or without that split.

Runs on: driver. Imports: NumPy, ``image_files`` and ``errors`` only.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sparkeras import image_files
from sparkeras.datasets.assemble import IMAGE_RESCALE
from sparkeras.datasets.contract import Arrays, Schema
from sparkeras.datasets.splits import split_rows
from sparkeras.errors import DataError, InvalidParamError

ENDINGS = (".jpg", ".jpeg", ".png", ".gif", ".bmp", ".webp", ".tif", ".tiff")
TESTS = ("validation", "test", "val")
SIZE = 96  # pixels of a side, where nobody says another number
INVALID = ("error", "skip")


@dataclass(frozen=True)
class ImageFolder:
    """The files of a folder of images.

    Attributes
    ----------
    root : Path
    classes : tuple of str
        Names of the class folders, sorted; a file's label is its place here.
    train, test : list of (Path, int)
        Files with their labels, sorted by path.
    """

    root: Path
    classes: tuple
    train: list
    test: list

    @property
    def schema(self):
        """Return what its rows are."""
        return Schema(("image",), ("class",), self.classes)


def is_one(folder):
    """Tell whether a path is a folder of images."""
    folder = Path(folder).expanduser()
    return folder.is_dir() and bool(_classes(folder / "train" if (folder / "train").is_dir() else folder))


def scan(folder, seed=0):
    """Return the ImageFolder of a path: with its own split, or one of 80 and 20 % by a seed, of each class alike.

    Raises
    ------
    DataError
        If there are no class folders with images, or the test images are of a class that training has not.
    """
    folder = Path(folder).expanduser()
    train = folder / "train"
    classes = _classes(train if train.is_dir() else folder)
    if len(classes) < 2:
        raise DataError(
            f"'{folder}' has {len(classes)} folder(s) of images; expected two or more, one for each class, e.g. "
            f"'{folder.name}/cats' and '{folder.name}/dogs', or the same below 'train' and 'validation'."
        )
    if not train.is_dir():
        files = _files(folder, classes)
        some, rest = split_rows(len(files), seed, np.array([label for _, label in files]), where=f"'{folder}'")
        return ImageFolder(folder, classes, [files[i] for i in sorted(some)], [files[i] for i in sorted(rest)])
    held_out = next((folder / name for name in TESTS if (folder / name).is_dir()), None)
    if held_out is None:
        raise DataError(f"'{folder}' has a folder 'train' but none to test with: expected {' or '.join(TESTS)}.")
    unknown = sorted(set(_classes(held_out)) - set(classes))
    if unknown:
        raise DataError(f"'{held_out}' has the class {unknown[0]!r}, and '{train}' has not.")
    return ImageFolder(folder, classes, _files(train, classes), _files(held_out, classes))


def read(folder, seed=0, size=SIZE, invalid="error"):
    """Return the Arrays of all images: uint8 (rows, size, size, 3).

    Raises
    ------
    DataError
        If an image is empty or broken and ``invalid`` is "error"; names it. With "skip" such files are left out.
    """
    require_size(size)
    require_invalid(invalid)
    found = scan(folder, seed)
    x_train, y_train, _ = decoded(found.train, (size, size), invalid)
    x_test, y_test, _ = decoded(found.test, (size, size), invalid)
    parts = (x_train, y_train, x_test, y_test)
    return Arrays("", *parts, len(found.classes), IMAGE_RESCALE, "", found.schema)


def decoded(files, size, invalid="error"):
    """Return images (rows, *size, 3) uint8, labels (rows,) int32, and the files that are no images."""
    x, y = np.empty((len(files), *size, 3), np.uint8), np.empty(len(files), np.int32)
    rows, broken = 0, []
    for path, label in files:
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


def require_size(size):
    """Raise InvalidParamError for a side that no image has."""
    if not isinstance(size, int) or isinstance(size, bool) or not 1 <= size <= 4096:
        raise InvalidParamError(f"'image_size' must be 1 to 4096 pixels of a side; got {size!r}.")


def require_invalid(invalid):
    """Raise InvalidParamError for a word that is neither."""
    if invalid not in INVALID:
        raise InvalidParamError(f"'invalid' must be one of {', '.join(INVALID)}; got {invalid!r}.")


def _classes(folder):
    """Return the names of the folders that hold images, sorted."""
    if not folder.is_dir():
        return ()
    names = (path.name for path in folder.iterdir() if path.is_dir() and not path.name.startswith("."))
    return tuple(sorted(name for name in names if name not in ("train", *TESTS) and _holds_images(folder / name)))


def _holds_images(folder):
    return any(is_image(path) for path in folder.iterdir())


def is_image(path):
    """Tell by its name whether a file is an image; hidden ones are not meant."""
    return path.suffix.lower() in ENDINGS and not path.name.startswith(".")


def _files(folder, classes):
    files = [(path, label) for label, name in enumerate(classes) for path in sorted((folder / name).glob("*"))]
    return [(path, label) for path, label in files if is_image(path)]


def sample(folder, rng, classes, rows=20):
    """Write made-up images, dark ones and bright ones, below ``train`` and ``validation``."""
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
