"""PyTorch as Keras' backend. Runs on: training processes. Imports: torch (a door)."""

import torch


def set_threads(threads):
    """Compute with ``threads`` threads."""
    torch.set_num_threads(threads)


def version():
    """Return the backend's version."""
    return torch.__version__
