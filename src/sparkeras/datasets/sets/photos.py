"""flowers and cats-dogs: photos, a folder for each class.

Runs on: driver.

Origins: flowers: the TensorFlow team, 2016, CC BY 2.0, every photo with an author of its own; a folder of the user may
hold some classes only. Cats and dogs: J. Elson et al., Asirra, CCS 2007; some of its files are broken, so leave those
out (--invalid skip).
"""

from functools import partial
from pathlib import Path

from sparkeras.datasets import image_folder
from sparkeras.datasets.contract import Entry, RemoteFile, Schema


def root(folder, below):
    """Return the folder of class folders: the set's own, or that in the unpacked archive."""
    places = (folder, *(Path(folder) / name for name in below))
    return next((place for place in places if image_folder.is_one(place)), None)


def read(folder, seed, below):
    """Return the Arrays at the default size; see ``image_folder.read``."""
    return image_folder.read(root(folder, below), seed)


def _entry(name, title, rows, licence, source_url, classes, archive, mirror, below):
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
