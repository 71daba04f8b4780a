"""Keras 3 on Apache Spark: learn it, train it, scale it.

The public names are a lazy table (PEP 562), so that ``import sparkeras`` loads neither Keras, Spark nor a backend.
"""

import importlib
from typing import Any

__version__ = "0.1.0"

_HOME = {
    "fit": "fitting",
    "evaluate": "fitting",
    "predict": "fitting",
    "tune": "tuning",
    "check": "engine.preflight.check",
    "KerasClassifier": "estimator",
    "KerasRegressor": "estimator",
    "KerasEstimator": "estimator",
    "KerasModel": "model",
    "KerasClassificationModel": "model",
    "KerasRegressionModel": "model",
    "loading": "engine.load_policy",
}
_MODULES = {
    **{
        name: name for name in ("course", "datasets", "errors", "features", "legacy", "plots", "runs", "scratch", "zoo")
    },
    "insides": "plots.insides",
    "museum": "course.bug_museum",
    "session": "spark.session",
}

__all__ = ["__version__", *_HOME, *_MODULES]


def __getattr__(name: str) -> Any:
    """Import the module that a public name is, or lives in, on first use."""
    if name in _MODULES:
        return importlib.import_module(f"sparkeras.{_MODULES[name]}")
    if name not in _HOME:
        raise AttributeError(f"module 'sparkeras' has no attribute {name!r}; it has: {', '.join(__all__)}.")
    return getattr(importlib.import_module(f"sparkeras.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
