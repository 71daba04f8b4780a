"""Pictures of a training: its history, its confusion, its mistakes. Each function writes one PNG.

Runs on: driver. Imports: matplotlib, when a picture is drawn.

Each takes ``path`` (a path or a binary file) first and ``dark=True`` for a dark page. They draw on figures of their
own: no pyplot, no display, nothing of the caller's figures is touched.
"""

from sparkeras.plots.compared import draw_bars_compared, draw_curves_compared
from sparkeras.plots.confusion import draw_confusion, draw_scatter
from sparkeras.plots.curves import draw_history
from sparkeras.plots.mistakes import draw_bars, draw_mistakes, draw_notice, write_image
from sparkeras.plots.trials import draw_trials

__all__ = [
    "draw_bars",
    "draw_bars_compared",
    "draw_confusion",
    "draw_curves_compared",
    "draw_history",
    "draw_mistakes",
    "draw_notice",
    "draw_scatter",
    "draw_trials",
    "write_image",
]
