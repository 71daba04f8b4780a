"""The network: layers one after the other, forwards to say something, backwards to learn from it."""

from dataclasses import dataclass


@dataclass
class Sums:
    """What some rows say: cost, an array for each weight (dL/dw), right answers, rows. It adds up over machines too."""

    cost: float
    arrays: list
    hits: int
    rows: int

    def __add__(self, other):
        arrays = [a + b for a, b in zip(self.arrays, other.arrays, strict=True)]
        return Sums(self.cost + other.cost, arrays, self.hits + other.hits, self.rows + other.rows)


class Network:
    """``layers`` and ``activations`` in a list, one of ``losses``, and perhaps a Regulariser for all w (not b)."""

    def __init__(self, layers, loss, regulariser=None):
        self.layers, self.loss, self.regulariser = layers, loss, regulariser

    @property
    def weights(self):
        """All weights as one list of arrays, in the order of the layers."""
        return [w for layer in self.layers for w in layer.weights]

    @weights.setter
    def weights(self, arrays):
        arrays = iter(arrays)
        for layer in self.layers:
            layer.weights = tuple(next(arrays) for _ in layer.weights)

    def forward(self, x, chance=None):
        """Return the outputs (rows, units) for x (rows, inputs), in training (with ``chance``) and in use (without)."""
        for layer in self.layers:
            x = layer.forward(x, chance)
        return x

    def backward(self, dy):
        """Turn dL/dy of the outputs into dL/dw of each weight, from the last layer to the first."""
        gradients = self.layers[-1].gradients(dy)
        for layer, above in zip(self.layers[-2::-1], self.layers[:0:-1], strict=True):  # each with the one above
            dy = above.backward(dy)
            gradients = layer.gradients(dy) + gradients
        return gradients

    def sums(self, x, t, chance=None):
        """Return the Sums over the rows of x and their targets t (rows, units)."""
        y = self.forward(x, chance)
        gradients = self.backward(self.loss.slope(y, t))
        return Sums(float(self.loss.cost(y, t)), gradients, hits(y, t), len(x))

    def means(self, sums):
        """Return cost and gradients per row; what the size of the weights costs comes on top, once, not once a row."""
        cost, gradients = sums.cost / sums.rows, [g / sums.rows for g in sums.arrays]
        for i, w in enumerate(self.weights[::2] if self.regulariser else ()):  # of w, b, w, b, ...
            cost += float(self.regulariser.cost(w))
            gradients[2 * i] = gradients[2 * i] + self.regulariser.slope(w)
        return cost, gradients


def hits(y, t):
    """Count the rows whose outputs y say what their targets t say; a single unit says yes from 1/2 on."""
    if y.shape[1] == 1:
        return int(((y >= 0.5) == (t >= 0.5)).sum())
    return int((y.argmax(axis=1) == t.argmax(axis=1)).sum())
