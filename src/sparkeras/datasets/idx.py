"""Read IDX files, the format of MNIST: a magic number, the shape, then the numbers.

Runs on: driver.

Format: http://yann.lecun.com/exdb/mnist/ (at the end of the page). All numbers are big-endian.
"""

from __future__ import annotations

import gzip
import math
import zlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from sparkeras.datasets.assemble import Part, join_arrays, split_arrays
from sparkeras.datasets.contract import Arrays
from sparkeras.errors import DataError

TYPES = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
FOUR_FILES = ("train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")


def find_four(folder: str | Path) -> list[Path] | None:
    """Return the paths of the four files of an MNIST-like folder, plain or .gz, or None if one is missing."""
    paths = [path for name in FOUR_FILES if (path := find(folder, name))]
    return paths if len(paths) == len(FOUR_FILES) else None


def find(folder: str | Path, name: str) -> Path | None:
    """Return the path of ``name``, ``name.gz`` or the same with a dot before ``idx``; None if there is none."""
    dotted = name.replace("-idx", ".idx")
    candidates = (Path(folder) / candidate for candidate in (name, f"{name}.gz", dotted, f"{dotted}.gz"))
    return next((path for path in candidates if path.is_file()), None)


def find_labels(images: Path) -> Path:
    """Return the labels file that lies beside the file ``images``.

    Raises
    ------
    DataError
        If there is no such file.
    """
    name = images.name.removesuffix(".gz").replace("images", "labels").replace("idx3", "idx1")
    labels = find(images.parent, name)
    if labels is None or labels.samefile(images):
        raise DataError(f"No labels beside '{images}': expected '{images.with_name(name)}', plain or with .gz.")
    return labels


def read(paths: Sequence[Path], seed: int) -> Arrays:
    """Read (images, labels), split here, or the four files of MNIST (train images, labels, test images, labels)."""
    parts = [
        Part(_read_features(images), _read_labels(labels), str(images), str(labels))
        for images, labels in zip(paths[::2], paths[1::2], strict=True)
    ]
    return split_arrays(parts[0], seed) if len(parts) == 1 else join_arrays(*parts)


def write(path: Path, array: np.ndarray) -> None:
    """Write a uint8 array of images or labels in this format, compressed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    head = bytes([0, 0, 0x08, array.ndim]) + np.array(array.shape, ">u4").tobytes()
    path.write_bytes(gzip.compress(head + array.tobytes(), mtime=0))


def read_idx(path: Path) -> np.ndarray:
    """Read one IDX file, plain or gzipped, into an array of its own shape and type.

    Raises
    ------
    DataError
        If the file is missing, truncated, too long, no IDX file, or damaged in its compression.
    """
    content = _unpacked(path)
    if len(content) < 4 or content[:2] != b"\0\0" or content[2] not in TYPES or content[3] == 0:
        raise DataError(
            f"'{path}' is not an IDX file: it starts with {content[:4].hex() or 'nothing'}, expected a magic number "
            "such as 00000803 (images) or 00000801 (labels). Get the file again."
        )
    dtype, start = np.dtype(TYPES[content[2]]), 4 + 4 * content[3]
    if len(content) < start:
        raise DataError(f"'{path}' is truncated: {len(content)} bytes, less than its header. Get the file again.")
    shape = tuple(int(side) for side in np.frombuffer(content, ">u4", count=content[3], offset=4))
    expected = start + math.prod(shape) * dtype.itemsize
    if len(content) != expected:
        state = "truncated" if len(content) < expected else "too long"
        raise DataError(
            f"'{path}' is {state}: its header promises shape {shape}, thus {expected} bytes, "
            f"but it holds {len(content)}. Get the file again."
        )
    return np.frombuffer(content, dtype, offset=start).reshape(shape).astype(dtype.newbyteorder("="), copy=False)


def _unpacked(path: Path) -> bytes:
    try:
        content = path.read_bytes()
        return gzip.decompress(content) if content[:2] == b"\x1f\x8b" else content
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise DataError(f"'{path}' is truncated or damaged ({error}). Get the file again.") from error
    except OSError as error:
        raise DataError(f"'{path}' cannot be read: {error.strerror or error}.") from error


def _read_features(path: Path) -> np.ndarray:
    x = read_idx(path)
    if x.ndim < 2:
        raise DataError(
            f"'{path}' has shape {x.shape}; expected images, thus 2 or more dimensions. Is it the labels file?"
        )
    return x


def _read_labels(path: Path) -> np.ndarray:
    y = read_idx(path)
    if y.ndim != 1:
        raise DataError(f"'{path}' has shape {y.shape}; expected labels, thus 1 dimension. Is it the images file?")
    return y
