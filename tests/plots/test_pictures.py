"""Every picture is written whole, in the odd cases too: one epoch, NaN, absent classes, a hundred classes."""

import io
import subprocess
import sys

import numpy as np
import pytest
from matplotlib.image import imread

from sparkeras import plots
from sparkeras.plots.canvas import DARK, LIGHT
from sparkeras.plots.mistakes import to_pixels

HISTORIES = {
    "two metrics": {"loss": [2.0, 0.5], "accuracy": [0.4, 0.9], "val_loss": [1.8, 0.6], "val_accuracy": [0.5, 0.8]},
    "one epoch": {"loss": [0.5], "mae": [3.0]},
    "gaps": {"loss": [0.5, float("nan"), None], "mae": [None, None, None]},
    "no epoch": {},
    "hundreds of epochs and a loss that falls far": {"loss": list(1e4 / np.arange(1, 301) ** 3)},
    "many metrics": {f"output_{i}_accuracy $": [0.1, 0.2] for i in range(9)},
}


def is_drawn(path):
    """A picture with more than one colour."""
    return len(np.unique(imread(path).reshape(-1, 4), axis=0)) > 1


@pytest.mark.parametrize("columns", HISTORIES.values(), ids=HISTORIES)
@pytest.mark.thorough
def test_a_history_is_drawn(tmp_path, columns):
    plots.draw_history(tmp_path / "history.png", columns, test={"loss": 0.55, "mae": float("nan")})
    assert is_drawn(tmp_path / "history.png")


@pytest.mark.parametrize("classes", [1, 2, 10, 100])
def test_a_confusion_matrix_is_drawn_for_any_number_of_classes(tmp_path, classes):
    matrix = np.eye(classes, dtype=int) * 7
    matrix[-1] = 0
    matrix[0, -1] = 2
    plots.draw_confusion(tmp_path / "confusion.png", matrix, [f"class $ {i}" for i in range(classes)])
    assert is_drawn(tmp_path / "confusion.png")
    assert (tmp_path / "confusion.png").stat().st_size < 150_000


@pytest.mark.parametrize("rows", [0, 1, 9000])
def test_a_scatter_is_drawn_without_the_rows_that_are_nan(tmp_path, rows):
    label = np.linspace(0, 1, rows)
    plots.draw_scatter(tmp_path / "scatter.png", label, np.where(label > 0.9, np.nan, label))
    assert is_drawn(tmp_path / "scatter.png")


def test_mistakes_bars_and_notices_are_drawn(tmp_path):
    plots.draw_mistakes(tmp_path / "none.png", [], [], title="Mistakes of a model that makes none")
    plots.draw_mistakes(tmp_path / "1.png", [np.eye(8)], ["label a very long name, said another long name (0.87)"])
    plots.draw_mistakes(tmp_path / "2.png", list(np.zeros((25, 4, 4, 3), np.uint8)), ["label 1, said 2"] * 25)
    plots.draw_bars(tmp_path / "3.png", ["4, said 9", "nothing"], [3, 0], "Mixed up", "rows")
    plots.draw_notice(tmp_path / "4.png", "No mistakes among 360 test rows.")
    assert all(is_drawn(tmp_path / f"{i}.png") for i in ("none", 1, 2, 3, 4))


def test_a_dark_page_gets_dark_paper():
    corners = []
    for dark in (False, True):
        file = io.BytesIO()
        plots.draw_history(file, HISTORIES["one epoch"], dark=dark)
        file.seek(0)
        corners.append("#" + "".join(f"{round(255 * part):02x}" for part in imread(file)[0, 0, :3]))
    assert corners == [LIGHT.paper, DARK.paper]


@pytest.mark.parametrize(
    ("image", "brightest"),
    [
        (np.array([[0, 255]], np.uint8), 255),
        (np.array([[0, 51]], np.uint8), 51),
        (np.array([[0.0, 0.2]]), 51),
        (np.array([[0.0, 16.0]]), 255),
        (np.array([[0.0, 51.0]]), 51),
        (np.array([[[np.nan], [1.0]]]), 255),
    ],
)
def test_images_keep_the_brightness_of_their_range(image, brightest):
    pixels = to_pixels(image)
    assert pixels.shape == (1, 2, 3)
    assert pixels.max() == brightest
    assert pixels.min() == 0


def test_a_picture_of_an_image_has_a_pixel_for_each_number(tmp_path):
    plots.write_image(tmp_path / "image.png", np.eye(8))
    assert imread(tmp_path / "image.png").shape[:2] == (8, 8)


def test_plots_load_matplotlib_only_when_they_draw_and_never_pyplot():
    code = (
        "import sys, io; from sparkeras import plots; assert 'matplotlib' not in sys.modules;"
        "plots.draw_notice(io.BytesIO(), 'x'); assert 'matplotlib.pyplot' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
