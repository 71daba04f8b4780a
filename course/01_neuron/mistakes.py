"""Wrong answers that learners give in lesson 1."""

from sparkeras.course.exercise import Mistake

MISTAKES = {
    "1.1": (
        Mistake("no activation", "output = w @ x + b", "before the activation"),
        Mistake("no bias", "output = np.tanh(w @ x)", "bias is missing"),
        Mistake("bend first", "output = np.tanh(x) @ w + b", "after the sum"),
    ),
    "1.2": (
        Mistake("a plain ReLU", "return np.maximum(0, z)", "slope below zero"),
        Mistake("if on an array", "return z if z > 0 else slope * z", "whole array"),
        Mistake("a constant below", "return np.where(z > 0, z, -slope)", "grow with z"),
        Mistake("always a tenth", "return np.where(z > 0, z, 0.1 * z)", "whatever `slope` is"),
    ),
    "1.3": (
        Mistake("overflow", "return np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)", "exp(1000)"),
        Mistake("over all rows", "powers = np.exp(z - z.max())\nreturn powers / powers.sum()", "whole table"),
        Mistake(
            "over columns", "powers = np.exp(z - z.max(axis=0))\nreturn powers / powers.sum(axis=0)", "each column"
        ),
        Mistake(
            "the largest of all",
            "powers = np.exp(z - z.max())\nreturn powers / powers.sum(axis=1, keepdims=True)",
            "of each row",
        ),
    ),
    "1.4": (
        Mistake("no biases", "parameters = 28 * 28 * 100 + 100 * 10", "110 biases"),
        Mistake("one layer only", "parameters = (28 * 28 + 1) * 100", "second layer"),
        Mistake("one bias per layer", "parameters = 28 * 28 * 100 + 1 + 100 * 10 + 1", "bias of its own"),
    ),
    "1.5": (
        Mistake("biases added up", "W, b = W1 @ W2, b1[:2] + b2", "goes through W2"),
        Mistake("the wrong order", "W, b = (W2 @ W1)[:2, :2], b1 @ W2 + b2", "first W1, then W2"),
        Mistake("no first bias", "W, b = W1 @ W2, b2", "b1 is missing"),
    ),
    "1.6": (
        Mistake(
            "the wrong sign",
            "hidden = np.array([[1.0, -1, 1, -1], [1, -1, -1, 1]])\nout = np.array([-1.0, -1, 1, 1])",
            "other way round",
        ),
        Mistake(
            "all added",
            "hidden = np.array([[1.0, -1, 1, -1], [1, -1, -1, 1]])\nout = np.ones(4)",
            "always predicts",
        ),
        Mistake(
            "rows for columns",
            "hidden = np.array([[1.0, 1], [-1, -1], [1, -1], [-1, 1]])\nout = np.array([1.0, 1, -1, -1])",
            "(2, 4)",
        ),
    ),
}
