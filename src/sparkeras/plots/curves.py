"""Curves of the loss and the metrics over the epochs.

Runs on: driver.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from sparkeras.plots.canvas import Look, Target, dress, look, new_figure, save, short

if TYPE_CHECKING:
    import numpy as np
    from matplotlib.axes import Axes

Columns = Mapping[str, Sequence[float | None]]  # of a history: a metric's name, its value in each epoch

MOST_PANELS = 6


def draw_history(path: Target, columns: Columns, test: Mapping[str, float] | None = None, dark: bool = False) -> None:
    """Draw one panel per metric: training, validation where there is one, and the test figure.

    Parameters
    ----------
    path : path or binary file
        Where the PNG goes.
    columns : dict of name to list of float or None
        One value per epoch, Keras' own names (``loss``, ``val_loss``, ...); NaN and None leave gaps.
    test : dict of name to float, optional
        Figures on the test rows, by the same names.
    """
    colours = look(dark)
    names = metrics_of(columns)[:MOST_PANELS]
    wide = 2 if len(names) > 2 else 1
    tall = -(-len(names) // wide)
    figure = new_figure(6.4 * wide, 3.1 * tall + 0.3 * (tall == 1), colours)
    panels = figure.subplots(tall, wide, squeeze=False).ravel()
    for panel in panels[len(names) :]:
        panel.set_visible(False)
    for panel, name in zip(panels, names, strict=False):
        _draw_panel(panel, name, columns, (test or {}).get(name), colours)
    save(figure, path)


def metrics_of(columns: Iterable[str]) -> list[str]:
    """Return the metrics among the names of a history's columns, without learning rates: at least the loss, first."""
    names = [name for name in dict.fromkeys(columns) if not name.startswith("val_")]
    names = [name for name in names if name not in ("lr", "learning_rate")]
    return sorted(names, key=lambda name: name != "loss") or ["loss"]


def measure(name: str) -> str:
    """Return the unit of a metric by its name in Keras."""
    if "acc" in name:
        return "share of the rows"
    return "mean over the rows" if any(word in name for word in ("loss", "error", "mae", "mse", "cost")) else "value"


def numbers(values: Sequence[float | None]) -> np.ndarray:
    """Return the values of a history's column as a float array; None becomes NaN."""
    import numpy as np

    return np.array([np.nan if value is None else value for value in values], float)


def _draw_panel(panel: Axes, name: str, columns: Columns, test_value: float | None, colours: Look) -> None:
    import numpy as np

    dress(panel, colours, title=short(name.replace("_", " "), 40), x="epoch", y=measure(name))
    seen: list[float] = []
    lines = (("training", name, colours.blue, "o"), ("validation", f"val_{name}", colours.orange, "s"))
    for part, column, colour, marker in lines:
        values = numbers(columns.get(column, []))
        finite = np.isfinite(values)
        seen.extend(values[finite])
        if finite.any():
            epochs = np.arange(1, len(values) + 1)
            size = 5 if len(values) <= 30 else 0 if finite.sum() > 1 else 5
            panel.plot(epochs, values, color=colour, marker=marker, markersize=size, linewidth=2, label=part)
    epoch_count = max((len(values) for values in columns.values()), default=1)
    if test_value is not None and np.isfinite(test_value):
        seen.append(test_value)
        label = f"test {test_value:.4g}" if abs(test_value) < 1000 else f"test {test_value:,.0f}"
        panel.axhline(test_value, color=colours.green, linewidth=1.4, linestyle=(0, (5, 3)), zorder=1)
        panel.plot([epoch_count], [test_value], color=colours.green, marker="D", markersize=7, ls="none", label=label)
    set_ranges(panel, name, seen, epoch_count)
    if not seen:
        panel.text(0.5, 0.5, "no finite value", transform=panel.transAxes, ha="center", color=colours.ink, fontsize=12)
    elif panel.get_legend_handles_labels()[0]:
        panel.legend(frameon=False, fontsize=10, labelcolor=colours.ink, loc="best")


def set_ranges(panel: Axes, name: str, seen: Sequence[float], epoch_count: int) -> None:
    """Show whole epochs; start losses at zero and end accuracies at 1, so that slopes do not mislead."""
    from matplotlib.ticker import MaxNLocator

    panel.set_xlim(*((0.5, epoch_count + 0.5) if epoch_count < 12 else (0, epoch_count + 1)))
    panel.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=10, min_n_ticks=1))
    if not seen:
        panel.set_yticks([])
        return
    low, high = min(seen), max(seen)
    if "acc" in name or "auc" in name:
        panel.set_ylim(max(0.0, low - 0.25 * max(1 - low, 0.04)), 1.0 + 0.02 * (1 - low))
    elif low > 0 and high > 100 * low:
        panel.set_yscale("log")
        panel.set_ylabel(f"{panel.get_ylabel()}, logarithmic")
    elif low >= 0:
        panel.set_ylim(0, 1.08 * high or 1.0)
