"""Pictures of classes, amounts, images, filters, boundaries, places and runs: made, titled, their axes named."""

import numpy as np
import pytest
from matplotlib.image import imread

from sparkeras import plots
from sparkeras.errors import DataError

RANDOM = np.random.default_rng(0)
PLACES = np.array([[52.5, 13.4], [-33.9, 18.4], [0.0, 179.0]])
POINTS = np.array([[0.0, 0.0], [1.0, 1.0], [0.0, 1.0], [1.0, 0.0]])
RUNS = {"runs/a": {"loss": [2.0, 1.0], "val_loss": [2.1, None]}, "runs/b": {"loss": [1.5], "accuracy": [0.4]}}


def upper(points):
    """A model of two features: class 1 above the middle."""
    return 1 / (1 + np.exp(-9 * (points[:, 1] - 0.5)))


# Each with words that the title must hold, and those that name the first axes (None: tiles have none).
KINDS = {
    "classes": (
        lambda path, **k: plots.draw_classes(path, ["cat", "dog"], [0.9, None], 0.8, 0.5, **k),
        "Accuracy per class",
        ("in %", "true class"),
    ),
    "calibration": (
        lambda path, **k: plots.draw_calibration(path, [0.1] * 9 + [0.8] * 6, [0] * 8 + [1] * 7, "late is yes", **k),
        "Predicted and true frequency, 15 rows",
        ("", "late is yes: how often, in %"),
    ),
    "gains": (
        lambda path, **k: plots.draw_gains(path, [1, 0, 0], {"this model": [0.9, 0.5, 0.5]}, "late is yes", **k),
        "Found early, 3 test rows",
        ("rows looked at, the most probable first, in %", "late is yes: found, in %"),
    ),
    "importance": (
        lambda path, **k: plots.draw_importance(path, ["age", "$"], [0.2, -0.01], [0.03, 0.0], "accuracy", **k),
        "Importance of each column",
        ("loss of accuracy when the column is shuffled", ""),
    ),
    "scatter": (
        lambda path, **k: plots.draw_scatter(path, [1, 2], [1.5, 2], unit="km", **k),
        "Predicted against true, 2 test rows",
        ("true value, in km", "predicted value, in km"),
    ),
    "residuals": (
        lambda path, **k: plots.draw_residuals(path, [1, 2], [1.5, 2], targets=["price (EUR)"], **k),
        "Residuals, 2 test rows",
        ("predicted price (EUR)", "predicted − true price (EUR)"),
    ),
    "places": (
        lambda path, **k: plots.draw_places(path, PLACES, PLACES[::-1], **k),
        "3 places, on average",
        ("degrees east", "degrees north"),
    ),
    "boundary": (
        lambda path, **k: plots.draw_boundary(path, upper, POINTS, [0, 1, 1, 1], features=("x, in m", "y"), **k),
        "4 rows, accuracy 75.0 %",
        ("x, in m", "y"),
    ),
    "histories": (lambda path, **k: plots.draw_histories(path, RUNS, **k), "loss", ("epoch", "mean over the rows")),
    "images": (lambda path, **k: plots.draw_images(path, [np.eye(8)] * 3, [1, 2, 3], [1, 2, 4], **k), "3 images", None),
    "filters": (
        lambda path, **k: plots.draw_filters(path, RANDOM.normal(size=(3, 3, 1, 70)), "conv", **k),
        "conv: 64 of 70 filters of 3 × 3 weights",
        None,
    ),
    "filters of colours": (
        lambda path, **k: plots.draw_filters(path, RANDOM.normal(size=(3, 3, 3, 2)), **k),
        "2 filters",
        None,
    ),
    "feature maps": (
        lambda path, **k: plots.draw_feature_maps(path, np.eye(8), RANDOM.normal(size=(8, 8, 4)), "conv", **k),
        "conv: 4 feature maps of 8 × 8",
        None,
    ),
    "diagram": (
        lambda path, **k: plots.draw_diagram(path, [layer("a"), layer("b", "a")], "two layers", **k),
        "two layers",
        None,
    ),
}


def layer(name, *inputs):
    return {"name": name, "type": "Dense", "output_shape": [3], "parameters": 12, "inputs": list(inputs)}


def words(figure):
    """All words of a figure."""
    found = [figure.get_suptitle(), *(text.get_text() for text in figure.texts)]
    for axes in figure.axes:
        found += [axes.get_title(loc=place) for place in ("left", "center", "right")]
        found += [text.get_text() for text in axes.texts]
    return " | ".join(found)


@pytest.mark.parametrize(("draw", "title", "axes"), KINDS.values(), ids=KINDS)
def test_a_picture_is_a_file_with_a_title_and_named_axes(draw, title, axes, tmp_path, figures):
    draw(tmp_path / "it.png")
    draw(tmp_path / "dark.png", dark=True)
    assert [path.name for path in sorted(tmp_path.iterdir())] == ["dark.png", "it.png"]
    assert len(np.unique(imread(tmp_path / "it.png").reshape(-1, 4), axis=0)) > 1
    assert title in words(figures[0])
    if axes:
        assert axes[0] in figures[0].axes[0].get_xlabel()
        assert axes[1] in figures[0].axes[0].get_ylabel()


def legend(figure):
    return [text.get_text() for each in (*figure.legends, *(a.get_legend() for a in figure.axes if a.get_legend()))
            for text in each.get_texts()]  # fmt: skip


def test_a_class_stands_beside_all_and_the_baseline(tmp_path, figures):
    plots.draw_classes(tmp_path / "it.png", ["cat", "dog"], [0.9, None], overall=0.8, baseline=0.5)
    assert legend(figures[0]) == ["all classes: 80.0 %", "commonest class: 50.0 %"]
    assert "no rows" in words(figures[0])


def test_of_many_classes_the_weakest_are_shown(tmp_path, figures):
    plots.draw_classes(tmp_path / "it.png", range(100), np.arange(100) / 100)
    assert "the weakest 30 of 100" in words(figures[0])
    assert [text.get_text() for text in figures[0].axes[0].get_yticklabels()] == [str(i) for i in range(30)]


def test_of_many_columns_the_most_important_are_shown(tmp_path, figures):
    plots.draw_importance(tmp_path / "it.png", range(30), np.arange(30)[::-1], np.zeros(30))
    assert "The 20 most important of 30 columns" in words(figures[0])


def test_rows_found_early_are_counted(tmp_path, figures):
    positive, score = np.arange(100) < 20, np.where(np.arange(100) < 10, 1.0, 0.5)
    plots.draw_gains(tmp_path / "it.png", positive, {"this model": score, "nothing": np.ones(100)})
    # All of the first tenth are of the class; rows of one score are found evenly.
    assert legend(figures[0]) == ["in any order", "this model: 5.0 times as many", "nothing: 1.0 times as many"]


def test_probabilities_that_come_true_lie_on_the_line(tmp_path, figures):
    probability = np.repeat([0.25, 0.75, 0.95], [100, 100, 3])
    happened = np.concatenate([np.arange(100) < 25, np.arange(100) < 75, [True] * 3])
    plots.draw_calibration(tmp_path / "it.png", probability, happened)
    np.testing.assert_allclose(figures[0].axes[0].lines[1].get_xydata(), [[25, 25], [75, 75]])  # 3 rows are too few
    plots.draw_calibration(tmp_path / "none.png", [], [])


def test_several_targets_have_a_panel_each_with_their_units(tmp_path, figures):
    two = np.arange(8.0).reshape(4, 2)
    plots.draw_scatter(tmp_path / "it.png", two, two, targets=["height (m)", "depth (cm)"])
    assert [axes.get_xlabel() for axes in figures[0].axes] == ["true height (m)", "true depth (cm)"]


def test_a_wrong_image_says_both_names(tmp_path, figures):
    plots.draw_images(tmp_path / "it.png", [np.eye(8)] * 2, ["cat", "dog"], ["cat", "cat"])
    assert "cat ✓" in words(figures[0])
    assert "dog,\nmodel: cat" in words(figures[0])


def test_runs_over_each_other_are_named_once(tmp_path, figures):
    plots.draw_histories(tmp_path / "it.png", RUNS)
    assert legend(figures[0]) == ["runs/a", "runs/b", "training", "validation"]


def test_a_class_that_is_called_by_a_colour_has_it(tmp_path, figures):
    plots.draw_boundary(tmp_path / "it.png", upper, POINTS, [0, 1, 1, 0], names=["orange", "blue"])
    handles = dict(zip(legend(figures[0]), figures[0].legends[0].legend_handles, strict=True))
    red, _, blue = handles["blue"].get_facecolor()[0][:3]
    assert blue > red


def test_a_quarter_of_the_equator_is_ten_thousand_kilometres():
    there = plots.great_circle_km([[0.0, 0.0], [0.0, 179.0], [90.0, 0.0]], [[0.0, 90.0], [0.0, -179.0], [95.0, 50.0]])
    np.testing.assert_allclose(there, [10007.557, 222.39, 0.0], atol=0.01)


WRONG = {
    "a kernel without filters": (
        lambda: plots.draw_filters("x.png", np.ones((3, 3))),
        r"needs a kernel as numbers \(height, width, inputs, filters\); got shape \(3, 3\)",
    ),
    "maps of text": (
        lambda: plots.draw_feature_maps("x.png", np.eye(3), np.array([[["a"]]])),
        "feature maps as numbers",
    ),
    "points of three numbers": (lambda: plots.draw_boundary("x.png", upper, np.ones((4, 3)), [0] * 4), r"\(rows, 2\)"),
    "too many classes": (
        lambda: plots.draw_boundary("x.png", lambda p: np.ones((len(p), 9)), POINTS, [0] * 4),
        "at most 7",
    ),
    "a place too few": (
        lambda: plots.draw_places("x.png", PLACES, PLACES[:2]),
        r"predicted places as numbers \(3, 2\)",
    ),
    "a place nowhere": (lambda: plots.draw_places("x.png", PLACES, PLACES * np.nan), "finite latitudes"),
    "unequal amounts": (lambda: plots.draw_scatter("x.png", [1, 2], [1]), "have predictions of"),
    "a name too few": (lambda: plots.draw_classes("x.png", ["a"], [0.5, 0.6]), "got 1 names and 2"),
    "a row too few": (lambda: plots.draw_calibration("x.png", [0.5], [0, 1]), "There are 1 probabilities and 2 rows"),
    "no such class": (lambda: plots.draw_gains("x.png", [0, 0], {"a": [1, 2]}), "No row is of the class"),
    "a score too few": (lambda: plots.draw_gains("x.png", [0, 1], {"mine": [1]}), r"needs mine as numbers \(2\)"),
    "a spread too few": (lambda: plots.draw_importance("x.png", ["a"], [1], []), "1 columns, 1 losses and 0 spreads"),
    "no matrix": (lambda: plots.draw_confusion("x.png", [1, 2], ["a", "b"]), r"a confusion matrix as numbers \(2, 2\)"),
    "no image": (lambda: plots.draw_images("x.png", [np.ones(8)], ["a"]), r"got shape \(8,\)"),
    "a label too few": (lambda: plots.draw_images("x.png", [np.eye(8)] * 2, ["a"]), "got 2 and 1 labels"),
    "no run": (lambda: plots.draw_histories("x.png", {}), "overlays 1 to 7 runs; got 0"),
    "no layer": (lambda: plots.draw_diagram("x.png", []), "at least one layer"),
}


@pytest.mark.parametrize(("draw", "message"), WRONG.values(), ids=WRONG)
def test_wrong_shapes_are_refused_in_a_sentence_and_leave_no_file(draw, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DataError, match=message):
        draw()
    assert not any(tmp_path.iterdir())


def test_a_picture_that_fails_leaves_the_old_one(tmp_path, monkeypatch):
    from matplotlib.figure import Figure

    def half(figure, path, **_):
        path.write_bytes(b"half")
        raise OSError("No space left on device")

    plots.draw_notice(tmp_path / "it.png", "the old one")
    before = (tmp_path / "it.png").read_bytes()
    monkeypatch.setattr(Figure, "savefig", half)
    with pytest.raises(OSError, match="No space"):
        plots.draw_notice(tmp_path / "it.png", "the new one")
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("it.png", before)]
