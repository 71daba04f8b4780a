"""One run in full: settings, layers, curves, metrics, pictures.

Runs on: driver.
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

from sparkeras.engine.history import TrainingHistory
from sparkeras.runs.run_folder import Run

# Files of a run's folder that may be shown, and their media types.
FILES = {
    **dict.fromkeys(
        (f"{name}.png" for name in ("history", "confusion", "scatter", "classes", "residuals", "mistakes", "samples")),
        "image/png",
    ),
    "report.html": "text/html; charset=utf-8",
}
_SHOWN = ("data", "model", "parameters", "settings", "versions", "seconds", "figures")


def described(folder: Path) -> dict[str, Any]:
    """Return a finished run as its page shows it, for JSON.

    Raises
    ------
    RunFolderError
        If the run is damaged.
    """
    run = Run.open(folder)
    history = TrainingHistory.read_csv(run.history_path)
    return {
        "name": run.path.name,
        "started": run.started,
        **{key: run.summary[key] for key in _SHOWN},
        "history": {"seconds": history.seconds, **history.numbers_by_name()},
        "metrics": run.metrics,
        "files": [name for name in FILES if (run.path / name).is_file()],
    }


def diagram(folder: Path, dark: bool) -> bytes:
    """Return the diagram of a run's model as PNG bytes."""
    from sparkeras import plots
    from sparkeras.engine import model_files
    from sparkeras.plots import insides

    model = model_files.open_file(Run.open(folder).model_path)
    layers, _ = insides.graph(model)
    content = io.BytesIO()
    plots.draw_diagram(content, layers, f"{model.name}: {model.count_params():,} parameters", dark=dark)
    return content.getvalue()
