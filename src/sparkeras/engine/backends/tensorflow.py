"""TensorFlow as Keras' backend. Runs on: training process."""

import contextlib

import tensorflow as tf


def set_threads(threads):
    """Compute with ``threads`` threads; operations run one after the other, each over all of them."""
    tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.threading.set_inter_op_parallelism_threads(1)


def version():
    """Return the backend's version."""
    return tf.__version__


def fast_layers(model):
    """Leave the layers alone: their own ways are fast; a context."""
    return contextlib.nullcontext()
