"""Pictures of trainings, data and models. Each function writes one PNG.

Runs on: driver.

Each takes ``path`` (a path or a binary file) first and ``dark=True`` for a dark page. They take plain numbers and
arrays; those of a Keras model come from ``insides``. A file is written whole or not at all. They draw on figures of
their own: no pyplot, no display, and the caller's figures stay as they are.
"""

from sparkeras.plots.amounts import draw_residuals, draw_scatter
from sparkeras.plots.boundary import draw_boundary
from sparkeras.plots.calibration import draw_calibration
from sparkeras.plots.classes import draw_classes
from sparkeras.plots.columns import draw_columns
from sparkeras.plots.compared import draw_bars_compared, draw_curves_compared
from sparkeras.plots.confusion import draw_confusion
from sparkeras.plots.curves import draw_history
from sparkeras.plots.diagram import draw_diagram
from sparkeras.plots.filters import draw_feature_maps, draw_filters
from sparkeras.plots.gains import draw_gains
from sparkeras.plots.images import draw_images
from sparkeras.plots.importance import draw_importance
from sparkeras.plots.mistakes import draw_bars, draw_mistakes, draw_notice, write_image
from sparkeras.plots.overlaid import draw_histories
from sparkeras.plots.trials import draw_trials
from sparkeras.plots.worldmap import draw_places, great_circle_km

__all__ = [
    "draw_bars",
    "draw_bars_compared",
    "draw_boundary",
    "draw_calibration",
    "draw_classes",
    "draw_columns",
    "draw_confusion",
    "draw_curves_compared",
    "draw_diagram",
    "draw_feature_maps",
    "draw_filters",
    "draw_gains",
    "draw_histories",
    "draw_history",
    "draw_images",
    "draw_importance",
    "draw_mistakes",
    "draw_notice",
    "draw_places",
    "draw_residuals",
    "draw_scatter",
    "draw_trials",
    "great_circle_km",
    "write_image",
]
