"""The model of a finished run, opened once the backend is chosen.

Runs on: driver.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sparkeras.engine import backends

if TYPE_CHECKING:
    import keras

    from sparkeras.runs.run_folder import Run


def open_model(run: Run, backend: str | None = None) -> keras.Model:
    """Load the backend, the one that ``backends.choose`` gives, and return the model of a run."""
    backends.load(backends.choose(backend), without=backends.WRAPPED)
    from sparkeras.engine import model_files

    return model_files.open_file(run.model_path)
