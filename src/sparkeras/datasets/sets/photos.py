"""flowers and cats-dogs: photos, a folder for each class.

Runs on: driver.

Origins: flowers: the TensorFlow team, 2016, CC BY 2.0, every photo with an author of its own; a folder of the user may
hold some classes only. Cats and dogs: J. Elson et al., Asirra, CCS 2007; some of its files are broken, so leave those
out (--invalid skip).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from sparkeras.datasets import image_folder
from sparkeras.datasets.contract import Arrays, Entry, RemoteFile, Schema
from sparkeras.errors import DataError


def root(folder: Path, below: Sequence[str]) -> Path | None:
    """Return the folder of class folders: the set's own, or that in the unpacked archive."""
    places = (folder, *(folder / name for name in below))
    return next((place for place in places if image_folder.is_one(place)), None)


def read(folder: Path, seed: int, below: Sequence[str]) -> Arrays:
    """Return the Arrays at the default size; see ``image_folder.read``."""
    images = root(folder, below)
    if images is None:
        raise DataError(f"'{folder}' holds no folders of images. Get the files again.")
    return image_folder.read(images, seed)


def _entry(
    name: str,
    title: str,
    rows: tuple[int, int],
    licence: str,
    source_url: str,
    classes: tuple[str, ...],
    archive: RemoteFile,
    mirror: str,
    below: tuple[str, ...],
) -> Entry:
    return Entry(
        name=name,
        title=title,
        rows_train=rows[0],
        rows_test=rows[1],
        licence=licence,
        source_url=source_url,
        read=partial(read, below=below),
        schema=Schema(("photo",), ("class",), classes),
        sample=partial(image_folder.sample, classes=classes),
        files=(archive,),
        mirrors=(mirror,),
        complete=lambda folder: root(folder, below) is not None,
        images=partial(root, below=below),
    )


ENTRIES = (
    _entry(
        "flowers",
        "photos of flowers",
        (2936, 734),
        "CC BY 2.0",
        "https://www.tensorflow.org/datasets/catalog/tf_flowers",
        ("daisy", "dandelion", "roses", "sunflowers", "tulips"),
        RemoteFile("flower_photos.tgz", 228813984, "4c54ace7911aaffe13a365c34f650e71dd5bf1be0a58b464e5a7183e3e595d9c"),
        "http://download.tensorflow.org/example_images/",
        ("flower_photos",),
    ),
    _entry(
        "cats-dogs",
        "photos of cats and dogs",
        (20_000, 5_000),
        "for research, see the source",
        "https://www.microsoft.com/en-us/download/details.aspx?id=54765",
        ("Cat", "Dog"),
        RemoteFile(
            "kagglecatsanddogs_5340.zip", 824887076, "b7974bd00a84a99921f36ee4403f089853777b5ae8d151c76a86e64900334af9"
        ),
        "https://download.microsoft.com/download/3/E/1/3E1C3F21-ECDB-4869-8368-6DEBA77B919F/",
        ("PetImages",),
    ),
)
