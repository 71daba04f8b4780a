"""The look that all pictures share: colours told apart by colour-blind eyes, quiet axes, one way to save.

Runs on: driver. Imports: matplotlib, when a picture is drawn.
"""

import os
from dataclasses import dataclass

DOTS_PER_INCH = 110


@dataclass(frozen=True)
class Look:
    """The colours of a picture. Blue, orange and green are told apart with any kind of colour blindness."""

    paper: str
    ink: str
    faint: str
    blue: str
    orange: str
    green: str


LIGHT = Look(paper="#ffffff", ink="#1d2733", faint="#dfe4ea", blue="#0b6bb0", orange="#d2620a", green="#0a7f5f")
DARK = Look(paper="#171c23", ink="#dde4ec", faint="#343d49", blue="#5db3f2", orange="#f59a4a", green="#45c9a0")


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


def save(figure, path):
    """Write the figure as a PNG to ``path`` (a path or a binary file)."""
    figure.savefig(path, format="png", facecolor=figure.get_facecolor(), metadata={"Software": None})


def short(name, length=14):
    """Return ``name`` as text that fits a label; matplotlib would read a formula between two dollar signs."""
    text = os.fspath(name) if isinstance(name, os.PathLike) else str(name)
    text = text if len(text) <= length else text[: length - 1] + "…"
    return text.replace("$", r"\$")
