"""mnist: 70,000 handwritten digits of 28 x 28 pixels, with their official split.

Runs on: driver. Imports: ``errors`` only.

Origin: LeCun, Cortes and Burges, http://yann.lecun.com/exdb/mnist/.
"""

from dataclasses import replace

from sparkeras.datasets import idx, npz
from sparkeras.datasets.contract import Entry, RemoteFile
from sparkeras.errors import DataError

SHAPE, CLASSES = (28, 28), 10


def complete(folder):
    """Tell whether ``folder`` holds the four IDX files (plain or .gz) or ``mnist.npz``."""
    return idx.find_four(folder) is not None or (folder / "mnist.npz").is_file()


def read(folder, seed):
    """Return the Arrays of the four IDX files, or of ``mnist.npz``, in ``folder``."""
    four = idx.find_four(folder)
    found = idx.read(four, seed) if four else npz.read([folder / "mnist.npz"], seed)
    if found.input_shape != SHAPE:
        raise DataError(
            f"'{folder}' holds images of shape {found.input_shape}; MNIST has {SHAPE}. "
            "Get the files again: sparkeras data fetch mnist."
        )
    for part, labels in (("training", found.y_train), ("test", found.y_test)):
        if labels.max() >= CLASSES:
            raise DataError(
                f"'{folder}', row {int(labels.argmax()) + 1} of the {part} labels is {labels.max()}; MNIST has 0 to 9. "
                "Get the files again: sparkeras data fetch mnist."
            )
    return replace(found, name="mnist", num_classes=CLASSES)


ENTRY = Entry(
    name="mnist",
    title="handwritten digits, 28 x 28",
    rows_train=60_000,
    rows_test=10_000,
    licence="CC BY-SA 3.0",
    source_url="http://yann.lecun.com/exdb/mnist/",
    read=read,
    files=(
        RemoteFile(
            "train-images-idx3-ubyte.gz", 9912422, "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609"
        ),
        RemoteFile(
            "train-labels-idx1-ubyte.gz", 28881, "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c"
        ),
        RemoteFile(
            "t10k-images-idx3-ubyte.gz", 1648877, "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6"
        ),
        RemoteFile(
            "t10k-labels-idx1-ubyte.gz", 4542, "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6"
        ),
    ),
    mirrors=(
        "https://ossci-datasets.s3.amazonaws.com/mnist/",
        "https://storage.googleapis.com/cvdf-datasets/mnist/",
    ),
    complete=complete,
)
