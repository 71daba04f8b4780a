"""Convert a layer's arrays from old layouts to those of Keras 3. NumPy alone, no model.

Runs on: driver.

Sources: the ``build`` and ``call`` of the layers of Keras 1.0.0 to 1.2.2, 2.0 to 2.3 and tf.keras.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import numpy as np

# clip(0.2 x + 0.5) was hard_sigmoid until Keras 2.15, clip(x / 6 + 0.5) is it since: the same for 1.2 times the input.
STEEPER = 1.2
# Of each gate, whether its activation is the recurrent one.
GATES: dict[str, tuple[bool, ...]] = {
    **dict.fromkeys(("LSTM", "LSTMCell", "ConvLSTM2D"), (True, True, False, True)),
    **dict.fromkeys(("GRU", "GRUCell"), (True, True, False)),
}


def recurrent_of_keras_1(kind: str, arrays: list[np.ndarray]) -> list[np.ndarray]:
    """Join the arrays of each gate: kernel (inputs, gates * units), recurrent kernel (units, ...), bias (...,).

    Keras 1 stored W, U, b of each gate: LSTM in the order i, c, f, o (12 arrays), GRU z, r, h (9). Keras 3 has them
    side by side, LSTM as i, f, c, o.
    """
    order = (0, 2, 1, 3) if len(arrays) == 12 else (0, 1, 2)
    if len(arrays) != 3 * len(order) or kind not in GATES:
        return arrays
    return [np.concatenate([arrays[3 * gate + which] for gate in order], axis=-1) for which in range(3)]


def recurrent_of_cudnn(arrays: list[np.ndarray]) -> list[np.ndarray]:
    """Convert the arrays of CuDNNLSTM and CuDNNGRU, known by two biases in a row, to those of LSTM and GRU.

    NVIDIA's library has each gate's matrices transposed. An LSTM adds its two biases; a GRU keeps both, (2, 3 * units).
    """
    if len(arrays) != 3 or arrays[2].ndim != 1:
        return arrays
    kernel, recurrent, bias = arrays
    units, gates = recurrent.shape[0], recurrent.shape[-1] // recurrent.shape[0]
    if bias.size != 2 * gates * units or gates not in (3, 4):
        return arrays
    halves = bias.reshape(2, gates * units)
    return [
        np.hstack([part.T.reshape(part.shape, order="F") for part in np.hsplit(kernel, gates)]),
        np.hstack([part.T for part in np.hsplit(recurrent, gates)]),
        halves.sum(axis=0) if gates == 4 else halves,
    ]


def kernel_of_line(kernel: np.ndarray, length: int) -> np.ndarray:
    """Return a Keras 1 Convolution1D's kernel as (length, channels, filters).

    Its shape was that for images of width 1: (length, 1, channels, filters) since 1.1, before that
    (filters, channels, length, 1).
    """
    if kernel.ndim != 4:
        return kernel
    if kernel.shape[:2] != (length, 1):
        kernel = kernel.transpose(2, 3, 1, 0)
    return kernel[:, 0]


def channels_last(kernel: np.ndarray) -> np.ndarray:
    """Transpose a kernel (filters, channels, *sides) to (*sides, channels, filters)."""
    return kernel.transpose(*range(2, kernel.ndim), 1, 0)


def flipped(kernel: np.ndarray) -> np.ndarray:
    """Flip the sides of a kernel (*sides, channels, filters), as Theano's convolution does before it multiplies."""
    return np.flip(kernel, axis=tuple(range(kernel.ndim - 2)))


def variance_of_deviation(deviation: np.ndarray, epsilon: float) -> np.ndarray:
    """Return the variance for which ``sqrt(variance + epsilon)`` is ``deviation + epsilon``, as Keras 1.0.5 divided."""
    return (deviation + epsilon) ** 2 - epsilon


def factors(kind: str, steep: Collection[str], arrays: list[np.ndarray]) -> list[Any]:
    """Return a factor for each array with which the new hard_sigmoid gives the outputs of the old one.

    Parameters
    ----------
    kind : str
        Keras 3 class.
    steep : set of str
        Which of ``activation`` and ``recurrent_activation`` are a hard_sigmoid.
    arrays : list of float arrays
        In the order of the layer's weights.

    Returns
    -------
    list of float or array
        Numbers, or rows of (gates * units,) for the last axis.
    """
    if kind not in GATES:
        plain = [STEEPER if "activation" in steep else 1.0] * len(arrays)
        # Depthwise, then pointwise: the factor belongs in one of the two.
        return [1.0, *plain[1:]] if kind.startswith("Separable") else plain
    of_gate, of_state = (STEEPER if key in steep else 1.0 for key in ("recurrent_activation", "activation"))
    by_gate = [of_gate if gate else of_state for gate in GATES[kind]]
    return [np.repeat(by_gate, array.shape[-1] // len(by_gate)) for array in arrays]
