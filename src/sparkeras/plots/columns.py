"""The columns of a table: how the values of each are distributed, and how many are missing.

Runs on: driver.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sparkeras.errors import DataError
from sparkeras.plots.canvas import Look, Target, dress, look, new_figure, save, short

if TYPE_CHECKING:
    import numpy as np
    from matplotlib.axes import Axes

Column = Mapping[str, Any]  # a row of features.describe

MOST_PANELS = 60
_WIDE = 4
_BARS, _VALUES = 24, 7
_FAR = 3.0  # times as long as the range of nine tenths of the rows: then the outer tenth is cut off


def draw_columns(path: Target, columns: Sequence[Column], dark: bool = False) -> None:
    """Draw a panel for each column: a histogram of numbers and dates, bars of the most frequent values of others.

    Parameters
    ----------
    path : path or binary file
        Where the PNG goes.
    columns : list of dict
        Rows of ``features.describe``; of more than 60 the first 60 are drawn, and the title says so.

    Raises
    ------
    DataError
        If there are none.
    """
    if not columns:
        raise DataError("The picture needs a column or more; got none.")
    colours = look(dark)
    shown = columns[:MOST_PANELS]
    wide = min(_WIDE, len(shown))
    tall = -(-len(shown) // wide)
    figure = new_figure(3.3 * wide, 2.5 * tall + 0.5, colours)
    count = f"{len(shown)} of {len(columns)} columns" if len(shown) < len(columns) else f"{len(columns)} columns"
    figure.suptitle(f"{count}, {columns[0]['rows']:,} rows", fontsize=12, color=colours.ink, x=0.02, ha="left")
    panels = figure.subplots(tall, wide, squeeze=False).ravel()
    for panel, column in zip(panels, shown, strict=False):
        _draw(panel, column, colours)
    for panel in panels[len(shown) :]:
        panel.set_visible(False)
    save(figure, path)


def _draw(panel: Axes, column: Column, colours: Look) -> None:
    dress(panel, colours, grid=False)
    name = short(column["column"], 28)
    panel.set_title(name, loc="left", fontsize=10, fontweight="bold", color=colours.ink, pad=15)
    panel.tick_params(labelsize=8)
    _draw_missing(panel, column["missing"], colours)
    values, points = column["frequent"], column["quantiles"]
    repeats = bool(values) and values[0]["rows"] > 1 and column["kind"] not in ("text", "vector")
    below = "" if column["kind"] not in ("left out", "refused") else f"{column['kind']}: {column['learned']}"
    if repeats and (column["kind"] == "category" or not points or points[0] == points[-1]):
        below = below or "rows, in %"
        _draw_values(panel, column, colours)
    elif not points or points[0] == points[-1]:
        _say(panel, column, colours)
        return
    elif column["distinct"] <= len(values) and column["kind"] == "number":
        _draw_few_numbers(panel, column, colours)
    else:
        below = _draw_histogram(panel, column, colours) or below
    panel.set_xlabel(short(below, 48), fontsize=8, color=colours.ink)


def _draw_missing(panel: Axes, missing: float, colours: Look) -> None:
    """Draw the share of the rows without a value as a strip above the panel, with its number."""
    from matplotlib.patches import Rectangle

    if missing:
        strip = Rectangle((0, 1), missing, 0.035, transform=panel.transAxes, color=colours.orange, clip_on=False)
        panel.add_patch(strip)
        share = f"{100 * missing:.0f} %" if missing >= 0.01 else "< 1 %"
        words = panel.text(1, 1.04, f"{share} missing", transform=panel.transAxes, ha="right", va="bottom")
        words.set(fontsize=8, color=colours.orange)


def _draw_few_numbers(panel: Axes, column: Column, colours: Look) -> None:
    """Draw a bar for each of few different numbers."""
    import numpy as np

    pairs = sorted((float(value["value"].replace(",", ".")), value["rows"]) for value in column["frequent"])
    numbers, rows = np.array(pairs).T
    panel.bar(numbers, 100 * rows / rows.sum(), width=0.8 * np.diff(numbers).min(), color=colours.blue)
    panel.set_ylabel("rows, in %", fontsize=8, color=colours.ink)
    panel.locator_params(axis="both", nbins=4)


def _draw_histogram(panel: Axes, column: Column, colours: Look) -> str:
    """Draw a histogram of the quantiles; return what the axis has to say of it."""
    import numpy as np

    points = np.array(column["quantiles"])
    shares = np.linspace(0, 1, len(points))
    low, high = np.interp([0.05, 0.95], shares, points)
    is_cut = points[-1] - points[0] > _FAR * (high - low) > 0
    if is_cut:
        points, shares = _within(points, shares, low, high)
    edges = np.linspace(points[0], points[-1], _BARS + 1)
    # Quantiles that repeat are a value that many rows have: it falls into one bar.
    below = np.interp(edges, *_steps(points, shares))
    panel.stairs(100 * np.diff(below), edges, fill=True, color=colours.blue)
    panel.set_ylim(bottom=0)
    panel.set_ylabel("rows, in %", fontsize=8, color=colours.ink)
    panel.locator_params(axis="both", nbins=4)
    if column["kind"] == "date":
        _label_dates(panel)
    return "without the outer tenth of the rows" if is_cut else ""


def _within(points: np.ndarray, shares: np.ndarray, low: float, high: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the part of quantiles from ``low`` to ``high``."""
    import numpy as np

    kept = (points > low) & (points < high)
    ends = np.interp([low, high], *_steps(points, shares))
    return np.concatenate([[low], points[kept], [high]]), np.concatenate([ends[:1], shares[kept], ends[1:]])


def _steps(points: np.ndarray, shares: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return quantiles so that np.interp gives the share of the rows up to a number, that number's own with them."""
    import numpy as np

    rising, last = np.unique(points[::-1], return_index=True)
    return rising, shares[::-1][last]


def _label_dates(panel: Axes) -> None:
    import numpy as np
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    low, high = panel.get_xlim()
    unit = "M8[D]" if high - low < 200 else "M8[M]"
    panel.xaxis.set_major_locator(MaxNLocator(3))
    panel.xaxis.set_major_formatter(FuncFormatter(lambda day, _: str(np.datetime64(int(day), "D").astype(unit))))


def _draw_values(panel: Axes, column: Column, colours: Look) -> None:
    values = column["frequent"][:_VALUES]
    present = column["rows"] * (1 - column["missing"])
    shares = [100 * value["rows"] / present for value in values]
    names = [short(value["value"], 14) for value in values]
    panel.barh(range(len(values)), shares, color=colours.blue, height=0.75)
    if column["distinct"] > len(values):
        names.append(f"{column['distinct'] - len(values):,} more")
        rest = f"  {max(100 - sum(shares), 0):.0f} %"
        panel.text(0, len(values), rest, fontsize=8, va="center", color=colours.ink)
    panel.set_yticks(range(len(names)), names)
    panel.set_ylim(max(len(names), 4) - 0.4, -0.6)
    panel.locator_params(axis="x", nbins=4)


def _say(panel: Axes, column: Column, colours: Look) -> None:
    """Write what was learned where there is nothing to draw."""
    panel.set_xticks([])
    panel.set_yticks([])
    words = "\n".join(textwrap.wrap(f"{column['kind']}: {column['learned']}", 34)[:7])
    panel.text(0.04, 0.94, short(words, 300), transform=panel.transAxes, fontsize=8.5, va="top", color=colours.ink)
