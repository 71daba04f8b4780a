"""The palette, as people with each kind of colour blindness see it."""

import itertools
import re
from pathlib import Path

import numpy as np
import pytest
from matplotlib.colors import to_rgb

import sparkeras.plots
from sparkeras.plots.canvas import DARK, LIGHT

# Machado, Oliveira, Fernandes 2009, https://doi.org/10.1109/TVCG.2009.113, severity 1.0, on linear RGB
SIGHT = {
    "full": np.eye(3),
    "no red": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "no green": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "no blue": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}
XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])


def lab(colour, sight):
    """A colour in CIE Lab, where a step of about 2 can just be seen."""
    rgb = np.array(to_rgb(colour))
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    xyz = XYZ @ np.clip(SIGHT[sight] @ linear, 0, 1) / [0.9505, 1, 1.089]
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("sight", SIGHT)
@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
def test_the_colours_are_told_apart(colours, sight):
    for one, other in itertools.combinations((*colours.series, colours.paper), 2):
        assert np.linalg.norm(lab(one, sight) - lab(other, sight)) > 11, (one, other)


def test_colours_are_named_in_one_place_only():
    named = {
        path.name
        for path in Path(sparkeras.plots.__file__).parent.glob("*.py")
        if re.search(r'"#[0-9a-f]{6}"', path.read_text())
    }
    assert named == {"canvas.py", "confusion.py"}  # the latter's black and white, on a coloured cell
