"""Places on the globe, true and predicted, and the distances between them.

Runs on: driver.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sparkeras.errors import DataError
from sparkeras.plots.canvas import Look, Target, dress, legend, look, new_figure, save, shaped

if TYPE_CHECKING:
    import numpy as np
    from matplotlib.axes import Axes
    from numpy.typing import ArrayLike

EARTH_RADIUS_KM = 6371.0088  # the mean radius of the GRS80 ellipsoid
MOST_WAYS = 400
STEPS = 25  # straight pieces of a great circle


def great_circle_km(truth: ArrayLike, predicted: ArrayLike) -> np.ndarray:
    """Return the distances between places on the globe, (rows,) in km.

    Parameters
    ----------
    truth, predicted : arrays of float, (rows, 2)
        Latitude and longitude in degrees. A longitude beyond 180 goes on around the globe; a predicted latitude beyond
        the pole counts as the pole.

    Notes
    -----
    The haversine formula, exact to 0.5 % as the Earth is not a sphere: Sinnott 1984, "Virtues of the Haversine".
    """
    import numpy as np

    lat, lon = np.radians(_on_globe(truth)).T
    to_lat, to_lon = np.radians(_on_globe(predicted)).T
    half = np.sin((to_lat - lat) / 2) ** 2 + np.cos(lat) * np.cos(to_lat) * np.sin((to_lon - lon) / 2) ** 2
    return 2 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(np.clip(half, 0, 1)))


def draw_places(path: Target, truth: ArrayLike, predicted: ArrayLike, dark: bool = False) -> None:
    """Draw true and predicted places with the shortest way between each pair, and how often each distance occurs.

    Parameters
    ----------
    path : path or binary file
        Where the PNG goes.
    truth, predicted : arrays of float, (rows, 2)
        Latitude and longitude in degrees, see ``great_circle_km``. Lines are drawn between at most 400 pairs.

    Raises
    ------
    DataError
        If the shapes differ or are others, or a number is not finite.
    """
    import numpy as np

    colours = look(dark)
    start = shaped(truth, "true places", ("rows", 2)).astype(float)
    end = shaped(predicted, "predicted places", (len(start), 2)).astype(float)
    if not len(start) or not np.isfinite(start).all() or not np.isfinite(end).all():
        raise DataError("The map needs at least one row, and finite latitudes and longitudes.")
    distance = great_circle_km(start, end)
    middle = great_circle_km(start, np.broadcast_to(start.mean(axis=0), start.shape))
    figure = new_figure(7.8, 6.6, colours)
    world, bars = figure.subplots(2, 1, height_ratios=[5, 2])
    title = f"{len(start):,} places, on average {distance.mean():,.0f} km off"
    dress(world, colours, title, "longitude, degrees east", "latitude, degrees north")
    _draw_world(world, _on_globe(start), _on_globe(end), colours)
    dress(bars, colours, "", "great-circle distance between predicted and true place, in km", "rows, in %")
    _draw_distances(bars, distance, middle.mean(), colours)
    save(figure, path)


def _on_globe(places: ArrayLike) -> np.ndarray:
    """Return latitudes cut at the poles and longitudes from -180 to 180, (rows, 2)."""
    import numpy as np

    lat, lon = np.asarray(places, float).T
    return np.stack([np.clip(lat, -90, 90), (lon + 180) % 360 - 180], axis=1)


def _draw_world(axes: Axes, truth: np.ndarray, predicted: np.ndarray, colours: Look) -> None:
    import numpy as np

    axes.set(xlim=(-180, 180), ylim=(-90, 90), aspect="equal")
    axes.set_xticks(range(-180, 181, 30))
    axes.set_yticks(range(-90, 91, 30))
    axes.tick_params(pad=7)  # so that the labels at the corner do not overlap
    for line in (axes.axhline(0), axes.axvline(0)):
        line.set(color=colours.ink, linewidth=0.8, alpha=0.5, zorder=1)
    shown = np.linspace(0, len(truth) - 1, min(len(truth), MOST_WAYS)).astype(int)
    for pair in shown:
        axes.plot(*_way(truth[pair], predicted[pair]), color=colours.ink, linewidth=0.6, alpha=0.22, zorder=2)
    axes.scatter(predicted[:, 1], predicted[:, 0], s=22, marker="^", color=colours.orange, alpha=0.8,
                 edgecolors="none", label="predicted", zorder=3)  # fmt: skip
    axes.scatter(truth[:, 1], truth[:, 0], s=30, color=colours.blue, edgecolors=colours.paper, linewidths=0.6,
                 label="true", zorder=4)  # fmt: skip
    legend(axes, colours, loc="lower left", frameon=True, facecolor=colours.paper, edgecolor=colours.faint)


def _way(start: np.ndarray, end: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return longitudes and latitudes along the great circle; NaN where it crosses the date line: no line there."""
    import numpy as np

    points = [
        np.array([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])
        for lat, lon in np.radians([start, end])
    ]
    shares = np.linspace(0, 1, STEPS)[:, None]
    angle = np.arccos(np.clip(points[0] @ points[1], -1, 1))
    if np.sin(angle) < 1e-9:  # the same place, or the opposite one, to which all ways are as short
        x, y, z = (points[0] * (1 - shares) + points[1] * shares).T
    else:
        ways = (np.sin((1 - shares) * angle) * points[0] + np.sin(shares * angle) * points[1]) / np.sin(angle)
        x, y, z = ways.T
    lon, lat = np.degrees(np.arctan2(y, x)), np.degrees(np.arctan2(z, np.hypot(x, y)))
    jumps = np.flatnonzero(np.abs(np.diff(lon)) > 180) + 1
    return np.insert(lon, jumps, np.nan), np.insert(lat, jumps, np.nan)


def _draw_distances(axes: Axes, distance: np.ndarray, middle: float, colours: Look) -> None:
    import numpy as np

    axes.hist(distance, bins=30, weights=np.full(len(distance), 100 / len(distance)), color=colours.blue)
    lines = (
        (f"mean {distance.mean():,.0f} km", distance.mean(), colours.orange, "-"),
        (f"always the middle of all places: {middle:,.0f} km", middle, colours.green, (0, (5, 3))),
    )
    for label, place, colour, style in lines:
        axes.axvline(place, color=colour, linewidth=2, linestyle=style, label=label)
    axes.set_xlim(left=0)
    axes.grid(False, axis="x")
    legend(axes, colours, loc="upper right")
