"""Small images side by side on one panel: a panel for each would take matplotlib seconds to lay out.

Runs on: driver.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sparkeras.plots.canvas import Look, dress, new_figure

if TYPE_CHECKING:
    import numpy as np
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.image import AxesImage

SIZE = 0.92  # of a tile; the rest is the gap to the next


def tile_panel(
    count: int, wide: int, side: float, colours: Look, title: str, below: float = 0.0, room: float = 0.0
) -> tuple[Figure, Axes]:
    """Return a figure with one bare panel for ``count`` tiles, ``wide`` in a row.

    Parameters
    ----------
    side : float
        Of a tile with its gap, in inches.
    below : float
        Room for a caption under each tile, in tiles.
    room : float
        For a scale at the right, in inches.
    """
    tall = -(-count // wide)
    figure = new_figure(side * wide + room, side * (1 + below) * tall + 0.55, colours)
    figure.set_layout_engine("constrained", w_pad=0.06, h_pad=0.06)
    panel = figure.subplots()
    dress(panel, colours, title, grid=False)
    panel.set(xlim=(0, wide), ylim=(tall * (1 + below), 0), aspect="equal", anchor="W")
    panel.set_axis_off()
    return figure, panel


def put(
    panel: Axes,
    number: int,
    image: np.ndarray,
    wide: int,
    below: float = 0.0,
    frame: str | None = None,
    **colouring: Any,
) -> tuple[AxesImage, tuple[float, float]]:
    """Put one image on its place, as large as fits; return matplotlib's image and the middle of its lower edge.

    ``frame`` is a colour or None; ``colouring`` are ``cmap``, ``vmin`` and ``vmax``.
    """
    from matplotlib.patches import Rectangle

    height, width = image.shape[:2]
    across, down = (SIZE * length / max(height, width) for length in (width, height))
    x = number % wide + (1 - across) / 2
    y = (number // wide) * (1 + below) + (1 - down) / 2
    drawn = panel.imshow(image, extent=(x, x + across, y + down, y), interpolation="nearest", **colouring)
    if frame:
        panel.add_patch(Rectangle((x, y), across, down, fill=False, edgecolor=frame, linewidth=1.2))
    return drawn, (x + across / 2, y + down)
