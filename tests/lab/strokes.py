"""Digits as people draw them, a list of lines of points from 0 to 1, and how a mouse draws them."""

import numpy as np


def arc(x, y, wide, high, begin, end):
    """Return points of an ellipse between two angles in degrees; 0 is to the right, 90 down."""
    angles = np.radians(np.linspace(begin, end, 20))
    return [(x + wide * np.cos(angle), y + high * np.sin(angle)) for angle in angles]


DIGITS = {
    0: [arc(0.5, 0.5, 0.3, 0.42, -90, 270)],
    1: [[(0.35, 0.25), (0.5, 0.1), (0.5, 0.9)]],
    2: [[*arc(0.5, 0.3, 0.25, 0.2, 180, 390), (0.25, 0.9), (0.78, 0.9)]],
    3: [[*arc(0.48, 0.3, 0.24, 0.2, -150, 80), *arc(0.48, 0.7, 0.27, 0.2, -80, 150)]],
    4: [[(0.6, 0.1), (0.22, 0.62), (0.82, 0.62)], [(0.62, 0.35), (0.62, 0.92)]],
    5: [[(0.75, 0.1), (0.32, 0.1), (0.3, 0.45), *arc(0.48, 0.65, 0.27, 0.25, -120, 140)]],
    6: [[(0.65, 0.1), (0.35, 0.4), (0.27, 0.65), *arc(0.5, 0.7, 0.23, 0.2, 180, -180)]],
    7: [[(0.22, 0.12), (0.78, 0.12), (0.42, 0.9)]],
    8: [[*arc(0.5, 0.3, 0.2, 0.19, 90, -270), *arc(0.5, 0.7, 0.25, 0.21, -90, 270)]],
    9: [[*arc(0.48, 0.33, 0.22, 0.22, 0, -360), (0.66, 0.65), (0.55, 0.92)]],
}


def draw(page, digit, size=0.6):
    """Draw a digit with the mouse into the middle of the page's paper, ``size`` of its side large."""
    box = page.locator("#paper").bounding_box()
    edge = (1 - size) / 2
    for stroke in DIGITS[digit]:
        places = [(box["x"] + (edge + size * x) * box["width"], box["y"] + (edge + size * y) * box["height"])
                  for x, y in stroke]  # fmt: skip
        page.mouse.move(*places[0])
        page.mouse.down()
        for place in places[1:]:
            page.mouse.move(*place, steps=3)
        page.mouse.up()
