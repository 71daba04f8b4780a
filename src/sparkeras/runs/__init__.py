"""Runs: a training by name and the folder that it leaves, its report, its predictions, and runs compared.

Runs on: driver.

The names are loaded on first use (PEP 562), since ``TrainingRun`` imports Keras: a run's folder can be read before a
backend is chosen.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sparkeras.runs.run_folder import Run
    from sparkeras.runs.training_run import TrainingRun

__all__ = ["Run", "TrainingRun"]

_HOME = {"Run": "run_folder", "TrainingRun": "training_run"}


def __getattr__(name: str) -> object:
    """Import the module that holds a public name on first use."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}; it has: {', '.join(__all__)}.")
    if name == "TrainingRun":
        from sparkeras.engine import backends

        backends.load(backends.choose())  # Keras takes the backend that is set when it is imported
    return getattr(importlib.import_module(f"{__name__}.{_HOME[name]}"), name)
