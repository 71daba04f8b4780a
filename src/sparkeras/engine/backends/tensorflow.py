"""TensorFlow as Keras' backend, for one worker: it has no ``Group``. Runs on: training process."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, NoReturn

import tensorflow as tf

from sparkeras.errors import SetupError

if TYPE_CHECKING:
    import keras


def set_threads(threads: int) -> None:
    """Compute with ``threads`` threads; operations run one after the other, each over all of them."""
    tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.threading.set_inter_op_parallelism_threads(1)


def version() -> str:
    """Return the backend's version."""
    return str(tf.__version__)


def fast_layers(model: keras.Model) -> contextlib.nullcontext[None]:
    """Return an empty context: TensorFlow's own layers are fast."""
    return contextlib.nullcontext()


def join(address: str, host: str, rank: int, ranks: int, timeout_seconds: int) -> NoReturn:
    """Raise SetupError: several workers need a ``Group``, which is not written for TensorFlow."""
    raise SetupError("TensorFlow trains with one worker. Use the backend jax or torch for several.")
