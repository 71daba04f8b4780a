"""A folder of images for plain Keras: one batch in memory at a time, with any backend.

Runs on: driver.

Keras' own reader of image folders needs TensorFlow or grain; this is a ``keras.utils.PyDataset``, which all backends
train from: ``model.fit(image_batches("photos"))``.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np

from sparkeras.datasets import image_folder, registry
from sparkeras.errors import DataError, InvalidParamError


class ImageBatches(keras.utils.PyDataset):
    """Batches (images, labels) of a folder of images.

    Parameters
    ----------
    folder : path
        With a folder for each class, or ``train`` and ``validation`` with such folders; or the name of a data set.
    part : str
        ``"train"`` or ``"test"``: of the folder's own split, or of one by ``seed``.
    size : int or (int, int)
        Pixels of a side, or (height, width).
    batch_size : int
    augment : Keras layer or model, optional
        Called with each batch of the training part, ``training=True``: ``keras.layers.RandomFlip()`` and so on.
    invalid : str
        ``"error"`` raises DataError at a file that is empty or broken, ``"skip"`` leaves it out.
    seed : int
        Of the split and of the order, which is another one each epoch; the test part keeps its order.
    more : keyword arguments
        Of ``keras.utils.PyDataset``: ``workers``, ``use_multiprocessing``, ``max_queue_size``.

    Attributes
    ----------
    class_names : tuple of str
    skipped : set of Path
        Files left out so far.
    """

    def __init__(
        self,
        folder: str | Path,
        part: str = "train",
        *,
        size: int | tuple[int, int] = image_folder.SIZE,
        batch_size: int = 32,
        augment: Callable[..., Any] | None = None,
        invalid: str = "error",
        seed: int = 0,
        **more: Any,
    ) -> None:
        super().__init__(**more)
        if part not in ("train", "test"):
            raise InvalidParamError(f"'part' must be train or test; got {part!r}.")
        if not isinstance(batch_size, int) or batch_size < 1:
            raise InvalidParamError(f"'batch_size' must be a whole number of 1 or more; got {batch_size!r}.")
        named = registry.images(str(folder)) if folder in registry.ENTRIES else None
        images = image_folder.scan(named.folder if named else folder, seed)
        self.class_names, self.size = images.classes, (size, size) if isinstance(size, int) else (size[0], size[1])
        for side in self.size:
            image_folder.require_size(side)
        image_folder.require_invalid(invalid)
        self._root, self._files = Path(images.root), images.train if part == "train" else images.test
        self._shuffled, self._augment = part == "train", augment if part == "train" else None
        self.batch_size, self.invalid, self.seed = batch_size, invalid, seed
        self.skipped: set[Path] = set()
        self._epoch, self._lock = 0, threading.Lock()
        self.on_epoch_end()

    @property
    def num_batches(self) -> int:
        """Batches of an epoch; the last one may be smaller."""
        return -(-len(self._files) // self.batch_size)

    def on_epoch_end(self) -> None:
        """Draw the order of the next epoch."""
        order = np.arange(len(self._files))
        if self._shuffled:
            order = np.random.default_rng((self.seed, self._epoch)).permutation(order)
        self._order, self._epoch = order, self._epoch + 1

    def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        """Return batch ``index``: images (rows, height, width, 3) uint8, or float32 once augmented; labels int32."""
        start = index * self.batch_size
        files = [self._files[i] for i in self._order[start : start + self.batch_size]]
        x, y, broken = image_folder.decoded(self._root, files, self.size, self.invalid)
        self.skipped.update(broken)
        if not len(x):
            raise DataError(f"None of {len(files)} files of a batch is an image, e.g. '{self._root / files[0][0]}'.")
        if self._augment is None:
            return x, y
        with self._lock:  # a random layer counts its calls
            return np.asarray(keras.ops.convert_to_numpy(self._augment(x.astype(np.float32), training=True))), y
