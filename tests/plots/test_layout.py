"""Boxes and lines of a diagram: nothing overlaps, and no line runs through a box."""

import numpy as np
import pytest

from sparkeras.errors import DataError
from sparkeras.plots.layout import BOX, place

GRAPHS = {
    "one box": (["a"], []),
    "a chain": (list("abc"), ["ab", "bc"]),
    "a skip": (list("abcd"), ["ab", "bc", "cd", "ad"]),
    "two skips": (list("abcdef"), ["ab", "bc", "cd", "bd", "de", "ef", "df", "af"]),
    "two inputs and two outputs": (list("abcde"), ["ac", "bc", "cd", "ce"]),
    "crossed": (list("abcd"), ["ad", "bc"]),
    "two graphs": (list("abcd"), ["ab", "cd"]),
    "nothing joins them": (list("abc"), []),
}


def named(graph):
    return graph[0], [tuple(edge) for edge in graph[1]]


def random_graph(seed):
    random = np.random.default_rng(seed)
    names = [f"n{i}" for i in range(14)]
    return names, [(names[i], names[j]) for i in range(14) for j in range(i + 1, 14) if random.random() < 0.22]


@pytest.mark.parametrize(
    ("names", "edges"),
    [*map(named, GRAPHS.values()), *map(random_graph, range(12))],
    ids=[*GRAPHS, *map(str, range(12))],
)
def test_no_box_overlaps_another_and_no_line_runs_through_one(names, edges):
    boxes, ways = place(names, edges)
    assert min(x for x, _ in boxes.values()) >= BOX / 2 - 1e-9
    for one, (x, row) in boxes.items():
        for other, (other_x, other_row) in boxes.items():
            assert one == other or row != other_row or abs(x - other_x) > BOX
        for way in ways.values():
            for bend_x, bend_row in way:  # a line goes straight down through each row between its ends
                assert bend_row != row or abs(bend_x - x) > BOX / 2
    for start, end in edges:
        rows = [boxes[start][1], *(row for _, row in ways[start, end]), boxes[end][1]]
        assert rows == list(range(rows[0], rows[-1] + 1))


def test_lines_that_need_not_cross_do_not():
    boxes, _ = place(*named(GRAPHS["crossed"]))
    assert (boxes["a"][0] < boxes["b"][0]) == (boxes["d"][0] < boxes["c"][0])


def test_an_input_stands_just_above_what_it_feeds():
    boxes, _ = place(list("abcdx"), [("a", "b"), ("b", "c"), ("c", "d"), ("x", "d")])
    assert boxes["x"][1] == 2


def test_a_circle_and_an_unknown_box_are_refused():
    with pytest.raises(DataError, match="round in a circle: a, b"):
        place(list("ab"), [("a", "b"), ("b", "a")])
    with pytest.raises(DataError, match="from 'a' to 'z'"):
        place(["a"], [("a", "z")])
