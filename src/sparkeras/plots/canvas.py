"""The common look of all pictures: colours for colour-blind eyes too, quiet axes, one way to save.

Runs on: driver.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from sparkeras.errors import DataError, require_packages
from sparkeras.files.atomic import moved

if TYPE_CHECKING:
    import numpy as np
    from matplotlib.axes import Axes
    from matplotlib.colors import LinearSegmentedColormap
    from matplotlib.figure import Figure
    from matplotlib.legend import Legend
    from numpy.typing import ArrayLike

Target = str | os.PathLike[str] | BinaryIO  # where a PNG goes
DOTS_PER_INCH = 110
MOST_PIXELS = 30_000  # on a side; matplotlib and viewers give up not far beyond


@dataclass(frozen=True)
class Look:
    """The colours of a picture.

    Blue, orange and green differ for any kind of colour blindness, and so do the ``more`` for pictures of many classes
    or runs; tests/plots/test_looks.py measures it. No picture depends on colour alone.
    """

    paper: str
    ink: str
    faint: str
    blue: str
    orange: str
    green: str
    more: tuple[str, ...]

    @property
    def series(self) -> tuple[str, ...]:
        """The seven colours for things side by side, the most different first."""
        return (self.blue, self.orange, self.green, *self.more)


LIGHT = Look(
    paper="#ffffff",
    ink="#1d2733",
    faint="#dfe4ea",
    blue="#0b6bb0",
    orange="#d2620a",
    green="#0a7f5f",
    more=("#9900ff", "#33ddff", "#cccc88", "#661100"),
)
DARK = Look(
    paper="#171c23",
    ink="#dde4ec",
    faint="#343d49",
    blue="#5db3f2",
    orange="#f59a4a",
    green="#45c9a0",
    more=("#8833ff", "#eeff00", "#cc3344", "#995588"),
)


def look(dark: bool) -> Look:
    """Return the colours for a dark or a light page; every picture asks for them first."""
    require_packages("tools", "matplotlib")
    return DARK if dark else LIGHT


def new_figure(width: float, height: float, colours: Look) -> Figure:
    """Return an empty figure of ``width`` x ``height`` inches that no other code can see."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), dpi=DOTS_PER_INCH, facecolor=colours.paper)
    figure.set_layout_engine("constrained", w_pad=0.1, h_pad=0.12)
    FigureCanvasAgg(figure)
    return figure


def dress(axes: Axes, colours: Look, title: str = "", x: str = "", y: str = "", grid: bool = True) -> None:
    """Give ``axes`` the common look, a title and named axes."""
    axes.set_facecolor(colours.paper)
    axes.set_title(title, loc="left", fontsize=12, fontweight="bold", color=colours.ink, pad=10)
    axes.set_xlabel(x, fontsize=11, color=colours.ink)
    axes.set_ylabel(y, fontsize=11, color=colours.ink)
    axes.tick_params(colors=colours.ink, labelsize=10, length=0)
    for side, spine in axes.spines.items():
        spine.set_visible(side in ("left", "bottom"))
        spine.set_color(colours.faint)
    axes.set_axisbelow(True)
    if grid:
        axes.grid(True, color=colours.faint, linewidth=0.8)


def legend(axes: Axes, colours: Look, **where: Any) -> Legend:
    """Add a legend without a frame, in the common look; ``where`` are arguments of matplotlib's legend."""
    return axes.legend(**({"frameon": False, "fontsize": 10, "labelcolor": colours.ink} | where))


def from_paper(colours: Look, *names: str) -> LinearSegmentedColormap:
    """Return a colour map from the paper's colour to one (``"blue"``), or from one over it to another."""
    from matplotlib.colors import LinearSegmentedColormap

    stops = [getattr(colours, name) for name in names]
    stops.insert(len(stops) // 2, colours.paper)
    return LinearSegmentedColormap.from_list("-".join(names), stops)


def shaped(values: ArrayLike, name: str, sizes: tuple[str | int, ...]) -> np.ndarray:
    """Return ``values`` as an array, or raise DataError where its shape is another.

    Parameters
    ----------
    values : array-like of numbers
    name : str
        Of the values, for errors.
    sizes : tuple of str or int
        An axis of any length by its name, one of a fixed length by its number: ``("rows", 2)``.

    Raises
    ------
    DataError
        If the shape is another, or these are not numbers.
    """
    import numpy as np

    array = np.asarray(values)
    fits = array.ndim == len(sizes) and all(
        isinstance(size, str) or size == length for size, length in zip(sizes, array.shape, strict=True)
    )
    if not fits or array.dtype.kind not in "buif":
        expected = ", ".join(map(str, sizes))
        raise DataError(f"The picture needs {name} as numbers ({expected}); got shape {array.shape} of {array.dtype}.")
    return array


def save(figure: Figure, path: Target) -> None:
    """Write the figure as a PNG to ``path``: a path, where it lies whole or not at all, or a binary file."""
    dots = min(DOTS_PER_INCH, MOST_PIXELS / max(figure.get_size_inches()))
    paper = figure.get_facecolor()
    write_whole(
        path,
        lambda target: figure.savefig(target, format="png", dpi=dots, facecolor=paper, metadata={"Software": None}),
    )


def write_whole(path: Target, write: Callable[[Any], Any]) -> None:
    """Call ``write`` with a binary file itself; write to a path atomically."""
    if isinstance(path, str | os.PathLike):
        moved(Path(path), write)
    else:
        write(path)


def short(name: object, length: int = 14) -> str:
    """Return ``name`` as text that fits a label; matplotlib would read a formula between two dollar signs."""
    text = os.fspath(name) if isinstance(name, os.PathLike) else str(name)
    text = text if len(text) <= length else text[: length - 1] + "…"
    return text.replace("$", r"\$")
