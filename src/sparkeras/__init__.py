"""Keras 3 on Apache Spark: learn it, train it, scale it.

The public names are a lazy table (PEP 562), so that ``import sparkeras`` loads neither Keras, Spark nor a backend.
"""

import importlib

__version__ = "0.1.0"

_HOME = {
    "fit": "sparkeras.fitting",
    "evaluate": "sparkeras.fitting",
    "predict": "sparkeras.fitting",
    "tune": "sparkeras.tuning",
    "check": "sparkeras.preflight.check",
    "KerasClassifier": "sparkeras.estimator",
    "KerasRegressor": "sparkeras.estimator",
    "KerasEstimator": "sparkeras.estimator",
    "KerasModel": "sparkeras.model",
    "KerasClassificationModel": "sparkeras.model",
    "KerasRegressionModel": "sparkeras.model",
    "loading": "sparkeras.trust",
    "datasets": None,
    "errors": None,
    "legacy": None,
    "zoo": None,
}

__all__ = ["__version__", *_HOME]


def __getattr__(name):
    """Import the module that a public name lives in, on first use."""
    if name not in _HOME:
        raise AttributeError(f"module 'sparkeras' has no attribute {name!r}; it has: {', '.join(__all__)}.")
    home = _HOME[name]
    if home is None:
        return importlib.import_module(f"sparkeras.{name}")
    return getattr(importlib.import_module(home), name)


def __dir__():
    return sorted(__all__)
