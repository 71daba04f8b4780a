"""JAX as Keras' backend. Runs on: training processes. Imports: JAX (a door)."""

import jax


def set_threads(threads):
    """XLA's pools were sized by the environment at the process's start; nothing is left to do."""


def version():
    """Return the backend's version."""
    return jax.__version__
