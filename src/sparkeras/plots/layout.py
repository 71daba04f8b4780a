"""Places for the boxes of a layered graph, so that no line runs through a box and few lines cross.

Runs on: driver.

Notes
-----
Layered drawing in three steps: rows, order within the rows, places (Sugiyama, Tagawa, Toda 1981,
https://doi.org/10.1109/TSMC.1981.4308636). A line over several rows gets a narrow place of its own in each.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Mapping, Sequence

from sparkeras.errors import DataError

Place = tuple[float, int]  # across, in widths of a box; row from the top
Edge = tuple[str, str]
Bend = tuple[str, str, int]  # the place of an edge (start, end) in a row that it passes
Node = str | Bend
Neighbours = Mapping[Node, list[Node]]
Link = tuple[Node, Node]  # between neighbouring rows
SWEEPS = 12
PLACE_SWEEPS = 24
BOX, LINE = 1.0, 0.16  # widths, in boxes; neighbours keep half of each and ROOM between them
ROOM = 0.14
STRAIGHT = 8.0  # weight of a straight line, beside 1 of a box below another


def place(names: Sequence[str], edges: Sequence[Edge]) -> tuple[dict[str, Place], dict[Edge, list[Place]]]:
    """Return the place of each box, and the points of each line between its boxes.

    Parameters
    ----------
    names : list of str
    edges : list of (str, str)
        From one box to another.

    Returns
    -------
    boxes : dict of str to (float, int)
        Middle across, in widths of a box from the left end of the widest row, and row from the top.
    ways : dict of (str, str) to list of (float, int)
        Places in the rows between the two boxes, in order; empty where they are in rows side by side.

    Raises
    ------
    DataError
        If the graph has a cycle or an edge names no box.
    """
    edges = list(dict.fromkeys(edges))
    rows_of = _rows(names, edges)
    rows, links, ways = _with_bends(names, edges, rows_of)
    rows = _ordered(rows, links)
    across = _across(rows, links)
    left = min((across[node] - _width(node) / 2 for node in across), default=0.0)
    boxes = {name: (across[name] - left, rows_of[name]) for name in names}
    return boxes, {edge: [(across[bend] - left, bend[2]) for bend in bends] for edge, bends in ways.items()}


def _rows(names: Sequence[str], edges: Sequence[Edge]) -> dict[str, int]:
    """Return the row of each box: below all its inputs; a box without inputs stands just above its first output."""
    before: dict[str, list[str]] = defaultdict(list)
    after: dict[str, list[str]] = defaultdict(list)
    for start, end in edges:
        if start not in names or end not in names:
            raise DataError(f"The diagram has an edge from {start!r} to {end!r}; one of them is not a layer of it.")
        before[end].append(start)
        after[start].append(end)
    rows: dict[str, int] = {}
    waiting = {name: len(before[name]) for name in names}
    ready = [name for name in names if not waiting[name]]
    while ready:
        name = ready.pop(0)
        rows[name] = 1 + max((rows[start] for start in before[name]), default=-1)
        for end in after[name]:
            waiting[end] -= 1
            if not waiting[end]:
                ready.append(end)
    if len(rows) < len(names):
        circle = ", ".join(name for name in names if name not in rows)
        raise DataError(f"The diagram goes round in a circle: {circle}. A model's layers must not.")
    for name in names:
        if not before[name] and after[name]:
            rows[name] = min(rows[end] for end in after[name]) - 1
    return rows


def _with_bends(
    names: Sequence[str], edges: Sequence[Edge], rows_of: Mapping[str, int]
) -> tuple[list[list[Node]], list[Link], dict[Edge, list[Bend]]]:
    """Return the nodes of each row, the links between neighbouring rows, and the bends of each edge."""
    rows: list[list[Node]] = [[] for _ in range(1 + max(rows_of.values(), default=0))]
    for name in names:
        rows[rows_of[name]].append(name)
    links: list[Link] = []
    ways: dict[Edge, list[Bend]] = {}
    for start, end in edges:
        bends = [(start, end, row) for row in range(rows_of[start] + 1, rows_of[end])]
        for bend in bends:
            rows[bend[2]].append(bend)
        chain: list[Node] = [start, *bends, end]
        links += list(itertools.pairwise(chain))
        ways[start, end] = bends
    return rows, links, ways


def _neighbours(links: Sequence[Link]) -> tuple[Neighbours, Neighbours]:
    above: dict[Node, list[Node]] = defaultdict(list)
    below: dict[Node, list[Node]] = defaultdict(list)
    for start, end in links:
        above[end].append(start)
        below[start].append(end)
    return above, below


def _ordered(rows: list[list[Node]], links: Sequence[Link]) -> list[list[Node]]:
    """Order each row by the middle of its neighbours, downwards and upwards by turns; keep the fewest crossings."""
    above, below = _neighbours(links)
    best, fewest = [list(row) for row in rows], _crossings(rows, below)
    for sweep in range(SWEEPS):
        if not fewest:
            break
        near, order = (above, rows) if sweep % 2 == 0 else (below, rows[::-1])
        position = {node: i for row in rows for i, node in enumerate(row)}
        for row in order:
            middles = {n: sum(position[o] for o in near[n]) / len(near[n]) if near[n] else position[n] for n in row}
            row.sort(key=middles.__getitem__)
            position |= {node: i for i, node in enumerate(row)}
        crossings = _crossings(rows, below)
        if crossings < fewest:
            best, fewest = [list(row) for row in rows], crossings
    return best


def _crossings(rows: list[list[Node]], below: Neighbours) -> int:
    count = 0
    for row, following in itertools.pairwise(rows):
        position = {node: i for i, node in enumerate(following)}
        ends = [[position[end] for end in below[node]] for node in row]
        for i, left in enumerate(ends):
            count += sum(a > b for right in ends[i + 1 :] for a in left for b in right)
    return count


def _across(rows: list[list[Node]], links: Sequence[Link]) -> dict[Node, float]:
    """Return the middle of each node: as near to its neighbours' as the row's order and widths allow."""
    above, below = _neighbours(links)
    across: dict[Node, float] = {}
    for row in rows:
        gaps = _gaps(row)
        across |= {node: gap - gaps[-1] / 2 for node, gap in zip(row, gaps, strict=True)}
    for sweep in range(PLACE_SWEEPS):
        near, order = (above, rows) if sweep % 2 == 0 else (below, rows[::-1])
        for row in order:
            ideals = [_ideal(node, near[node] or [node], across) for node in row]
            across |= zip(row, _settle(ideals, _gaps(row)), strict=True)
    return across


def _ideal(node: Node, near: list[Node], across: Mapping[Node, float]) -> tuple[float, float]:
    """Return the middle of a node's neighbours, its best place, and its weight."""
    straight = [other for other in near if isinstance(node, tuple) and isinstance(other, tuple)]
    chosen = straight or near
    return sum(across[other] for other in chosen) / len(chosen), STRAIGHT if straight else 1.0


def _settle(ideals: Sequence[tuple[float, float]], gaps: Sequence[float]) -> list[float]:
    """Move places as little as possible (least squares) so that they keep their distances: pool adjacent violators."""
    blocks: list[list[float]] = []  # [sum of weight * place, weight, members]
    for (middle, weight), gap in zip(ideals, gaps, strict=True):
        blocks.append([weight * (middle - gap), weight, 1])
        while len(blocks) > 1 and blocks[-2][0] / blocks[-2][1] > blocks[-1][0] / blocks[-1][1]:
            last = blocks.pop()
            blocks[-1] = [mine + its for mine, its in zip(blocks[-1], last, strict=True)]
    places = [total / weight for total, weight, members in blocks for _ in range(int(members))]
    return [place + gap for place, gap in zip(places, gaps, strict=True)]


def _gaps(row: Sequence[Node]) -> list[float]:
    """Return the least distance of each node of a row from the first."""
    gaps = [0.0]
    for left, right in itertools.pairwise(row):
        gaps.append(gaps[-1] + (_width(left) + _width(right)) / 2 + ROOM)
    return gaps[: len(row)]


def _width(node: Node) -> float:
    return LINE if isinstance(node, tuple) else BOX
