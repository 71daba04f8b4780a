"""What old layers compute, in plain NumPy: loops and formulas, one row of letters each."""

import numpy as np


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def hard_sigmoid(x):
    """As Keras 1 and 2 had it."""
    return np.clip(0.2 * x + 0.5, 0, 1)


def softmax(x):
    e = np.exp(x - x.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def relu(x):
    return np.maximum(x, 0)


def batch_norm(x, gamma, beta, mean, variance, epsilon=1e-3):
    return gamma * (x - mean) / np.sqrt(variance + epsilon) + beta


def conv2d(x, w, b=0.0):
    """x (rows, height, width, channels), w (h, w, channels, filters): no padding, steps of 1, the kernel not turned."""
    h, k = w.shape[:2]
    height, width = x.shape[1] - h + 1, x.shape[2] - k + 1
    y = np.zeros((len(x), height, width, w.shape[3]))
    for i in range(height):
        for j in range(width):
            y[:, i, j] = np.einsum("nhkc,hkcf->nf", x[:, i : i + h, j : j + k], w)
    return y + b


def conv1d(x, w, b=0.0):
    return conv2d(x[:, :, None], w[:, None], b)[:, :, 0]


def pooled(x, size, how=np.max):
    """Non-overlapping windows; what does not fill one is left out."""
    height, width = x.shape[1] // size, x.shape[2] // size
    x = x[:, : height * size, : width * size]
    return how(x.reshape(len(x), height, size, width, size, -1), axis=(2, 4))


def lstm(x, w, u, b, recurrent=sigmoid, every=False):
    """x (rows, steps, inputs); w, u, b have the gates i, f, c, o side by side. Returns the last h, or all."""
    units = u.shape[0]
    h = c = np.zeros((len(x), units))
    steps = []
    for t in range(x.shape[1]):
        i, f, g, o = np.split(x[:, t] @ w + h @ u + b, 4, axis=1)
        c = recurrent(f) * c + recurrent(i) * np.tanh(g)
        h = recurrent(o) * np.tanh(c)
        steps.append(h)
    return np.stack(steps, axis=1) if every else h


def gru(x, w, u, b, recurrent=sigmoid, reset_after=False, candidate=np.tanh):
    """Gates z, r, h side by side; b is (3 units,), or (2, 3 units) where the reset comes after the product."""
    units = u.shape[0]
    h = np.zeros((len(x), units))
    for t in range(x.shape[1]):
        xz, xr, xh = np.split(x[:, t] @ w + (b[0] if reset_after else b), 3, axis=1)
        if reset_after:
            hz, hr, hh = np.split(h @ u + b[1], 3, axis=1)
            z, r = recurrent(xz + hz), recurrent(xr + hr)
            new = candidate(xh + r * hh)
        else:
            z, r = (recurrent(g + h @ part) for g, part in zip((xz, xr), np.split(u, 3, axis=1)[:2], strict=True))
            new = candidate(xh + (r * h) @ u[:, 2 * units :])
        h = z * h + (1 - z) * new
    return h
