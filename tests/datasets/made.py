"""The rows that the tests of data sets write into files."""

import numpy as np

X = np.arange(80, dtype=np.uint8).reshape(20, 2, 2)
Y = np.tile([0, 1], 10).astype(np.uint8)


def idx_bytes(array):
    """Return a uint8 array in the IDX format."""
    return b"\0\0\x08" + bytes([array.ndim]) + np.array(array.shape, ">u4").tobytes() + array.tobytes()
