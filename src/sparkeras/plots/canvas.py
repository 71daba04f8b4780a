"""The look that all pictures share: colours told apart by colour-blind eyes, quiet axes, one way to save.

Runs on: driver.
"""

import os
from dataclasses import dataclass
from pathlib import Path

from sparkeras.errors import DataError
from sparkeras.files.atomic import moved

DOTS_PER_INCH = 110
MOST_PIXELS = 30_000  # on a side; matplotlib and viewers give up not far beyond


@dataclass(frozen=True)
class Look:
    """The colours of a picture, the palette's one place.

    Blue, orange and green are told apart with any kind of colour blindness, and so are the ``more`` that pictures of
    many classes or runs need; tests/plots/test_looks.py measures it. No picture tells things by colour alone.
    """

    paper: str
    ink: str
    faint: str
    blue: str
    orange: str
    green: str
    more: tuple

    @property
    def series(self):
        """The seven colours for things side by side, the best told apart first."""
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


def look(dark):
    """Return the colours for a dark or a light page."""
    return DARK if dark else LIGHT


def new_figure(width, height, colours):
    """Return an empty figure of ``width`` x ``height`` inches that no other code can see."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), dpi=DOTS_PER_INCH, facecolor=colours.paper, layout="constrained")
    figure.get_layout_engine().set(w_pad=0.1, h_pad=0.12)
    FigureCanvasAgg(figure)
    return figure


def dress(axes, colours, title="", x="", y="", grid=True):
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


def legend(axes, colours, **where):
    """Name what ``axes`` shows, without a frame, in the common look; ``where`` as matplotlib's legend takes it."""
    return axes.legend(**({"frameon": False, "fontsize": 10, "labelcolor": colours.ink} | where))


def from_paper(colours, *names):
    """Return a colour map from the paper's colour to one (``"blue"``), or from one over it to another."""
    from matplotlib.colors import LinearSegmentedColormap

    stops = [getattr(colours, name) for name in names]
    stops.insert(len(stops) // 2, colours.paper)
    return LinearSegmentedColormap.from_list("-".join(names), stops)


def shaped(values, name, sizes):
    """Return ``values`` as an array of the shape that a picture needs.

    Parameters
    ----------
    values : array-like of numbers
    name : str
        What an error calls it.
    sizes : tuple of str or int
        An axis of any length by its name, one of a fixed length by its number: ``("rows", 2)``.

    Raises
    ------
    DataError
        If the shape is another, or these are no numbers.
    """
    import numpy as np

    array = np.asarray(values)
    fits = array.ndim == len(sizes) and all(
        isinstance(size, str) or size == length for size, length in zip(sizes, array.shape, strict=True)
    )
    if not fits or array.dtype.kind not in "buif":
        wanted = ", ".join(map(str, sizes))
        raise DataError(f"The picture needs {name} as numbers ({wanted}); got shape {array.shape} of {array.dtype}.")
    return array


def save(figure, path):
    """Write the figure as a PNG to ``path``: a path, where it lies whole or not at all, or a binary file."""
    dots = min(DOTS_PER_INCH, MOST_PIXELS / max(figure.get_size_inches()))
    paper = figure.get_facecolor()
    write_whole(
        path,
        lambda target: figure.savefig(target, format="png", dpi=dots, facecolor=paper, metadata={"Software": None}),
    )


def write_whole(path, write):
    """Call ``write`` with a binary file as it is, with a path as ``files.atomic`` does."""
    if hasattr(path, "write"):
        write(path)
    else:
        moved(Path(path), write)


def short(name, length=14):
    """Return ``name`` as text that fits a label; matplotlib would read a formula between two dollar signs."""
    text = os.fspath(name) if isinstance(name, os.PathLike) else str(name)
    text = text if len(text) <= length else text[: length - 1] + "…"
    return text.replace("$", r"\$")
