"""Where a model of two features changes its mind: the plane in the classes' colours, and the rows on it.

Runs on: driver.
"""

from sparkeras.errors import DataError
from sparkeras.plots.canvas import dress, look, new_figure, save, shaped, short

SIDE = 160  # points of the plane on each side
MOST_POINTS = 2000
MARKERS = "osD^vP*"


def draw_boundary(path, probability, points, label, names=(), features=("first feature", "second feature"), dark=False):
    """Draw the class that a model says for each point of the plane, paler where it is less sure, and the rows.

    Parameters
    ----------
    path : path or binary file
        Where the PNG goes.
    probability : function ((points, 2) float array -> (points, classes) float array)
        The model; a result of (points,) or (points, 1) is the probability of class 1. Called once.
    points : array of float, (rows, 2)
        In the units of the model's input. More than 2,000 rows are thinned evenly.
    label : array of int, (rows,)
        Class numbers, 0 to 6; a marker and a colour for each. Rows that the model gets wrong are ringed.
    names : list of str
        Of the classes, each another.
    features : pair of str
        What the axes measure, with units.

    Raises
    ------
    DataError
        If a shape is another, or there are more than seven classes.
    """
    import numpy as np

    colours = look(dark)
    points = shaped(points, "points", ("rows", 2)).astype(float)
    label = shaped(label, "classes", (len(points),)).astype(int)
    grid, edges = _plane(points)
    shares = _shares(probability(np.concatenate([grid, points])), len(grid) + len(points))
    classes = shares.shape[1]
    if not len(points) or classes > len(MARKERS) or label.min() < 0 or label.max() >= classes:
        found = f"{classes} classes and labels {label.min()} to {label.max()}" if len(points) else "no points"
        raise DataError(f"The picture needs labelled points of at most {len(MARKERS)} classes; got {found}.")
    figure = new_figure(6.8, 6.0, colours)
    axes = figure.subplots()
    said = shares[len(grid) :].argmax(axis=1)
    title = f"{len(points):,} rows, accuracy {100 * (said == label).mean():.1f} %"
    dress(axes, colours, title, short(features[0], 50), short(features[1], 50), grid=False)
    tones = _tones([str(names[i]) if i < len(names) else f"class {i}" for i in range(classes)], colours)
    _paint(axes, shares[: len(grid)], edges, list(tones.values()), colours)
    _put_points(axes, points, label, said, tones, colours)
    axes.set(xlim=edges[:2], ylim=edges[2:])
    figure.legend(loc="outside lower left", ncols=4, frameon=False, fontsize=10, labelcolor=colours.ink)
    save(figure, path)


def _plane(points):
    """Return the points of the plane around the rows, (SIDE * SIDE, 2), and its edges."""
    import numpy as np

    low, high = (points.min(axis=0), points.max(axis=0)) if len(points) else (np.zeros(2), np.ones(2))
    room = np.where(high > low, 0.08 * (high - low), 1.0)
    low, high = low - room, high + room
    across, up = (np.linspace(low[axis], high[axis], SIDE) for axis in (0, 1))
    grid = np.stack(np.meshgrid(across, up), axis=-1).reshape(-1, 2)
    return grid, (low[0], high[0], low[1], high[1])


def _shares(said, rows):
    """Return probabilities as (rows, classes), also of a model with one output."""
    import numpy as np

    said = np.asarray(said, float)
    if said.shape in ((rows,), (rows, 1)):
        said = said.reshape(rows, 1)
        return np.hstack([1 - said, said])
    return shaped(said, "probabilities", (rows, "classes"))


def _tones(names, colours):
    """Return the colour of each class by its name; a class that is called blue is blue."""
    own = {name: getattr(colours, name) for name in names if name in ("blue", "orange", "green")}
    left = iter(colour for colour in colours.series if colour not in own.values())
    return {name: own[name] if name in own else next(left) for name in names}


def _paint(axes, shares, edges, tones, colours):
    """Colour the plane by the class said, and draw the line where two classes are equally likely."""
    import numpy as np
    from matplotlib.colors import to_rgb

    paper = np.array(to_rgb(colours.paper))
    tones = np.array([to_rgb(colour) for colour in tones])
    best = np.sort(shares, axis=1)[:, ::-1]
    # Sure is 0.55 of the full colour, so that the rows upon it are seen; a tie between two is the bare paper.
    strength = 0.55 * np.clip(best[:, :1] - best[:, 1:2], 0, 1)
    image = paper + (tones[shares.argmax(axis=1)] - paper) * strength
    axes.imshow(image.reshape(SIDE, SIDE, 3), extent=edges, origin="lower", aspect="auto", interpolation="bilinear")
    across, up = np.linspace(*edges[:2], SIDE), np.linspace(*edges[2:], SIDE)
    for number in range(shares.shape[1]):
        lead = shares[:, number] - np.delete(shares, number, axis=1).max(axis=1)
        if lead.min() < 0 < lead.max():
            axes.contour(across, up, lead.reshape(SIDE, SIDE), levels=[0.0], colors=colours.ink, linewidths=1.4)


def _put_points(axes, points, label, said, tones, colours):
    import numpy as np

    shown = np.linspace(0, len(points) - 1, min(len(points), MOST_POINTS)).astype(int)
    for number, ((name, colour), marker) in enumerate(zip(tones.items(), MARKERS, strict=False)):
        rows = shown[label[shown] == number]
        if len(rows):
            axes.scatter(*points[rows].T, s=26, color=colour, marker=marker, edgecolors=colours.paper, linewidths=0.7,
                         label=short(name, 20))  # fmt: skip
    wrong = shown[label[shown] != said[shown]]
    if len(wrong):
        axes.scatter(*points[wrong].T, s=90, facecolors="none", edgecolors=colours.ink, linewidths=1.1, label="wrong")
