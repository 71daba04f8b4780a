"""Image files and Spark's own image rows become the arrays that a model asks for; broken ones are told."""

import io

import keras
import numpy as np
import pyarrow as pa
import pytest
from PIL import Image

from sparkeras import KerasClassifier
from sparkeras.engine.columns import images
from sparkeras.errors import InvalidColumnError

RED, BLUE = (255, 0, 0), (0, 0, 255)


def file_of(image, kind="PNG", **settings):
    buffer = io.BytesIO()
    image.save(buffer, kind, **settings)
    return buffer.getvalue()


def halves(left, right, mode="RGB", size=(8, 4)):
    """Return an image whose left half has one colour and its right half another."""
    image = Image.new(mode, size, right)
    image.paste(left, (0, 0, size[0] // 2, size[1]))
    return image


def test_files_are_resized_and_take_the_models_colours():
    cell = file_of(halves(RED, BLUE))
    column = pa.array([cell], pa.binary())
    colours, bad = images.decode(column, (2, 4, 3))
    assert (colours.shape, colours.dtype, bad.tolist()) == ((1, 2, 4, 3), np.uint8, [False])
    np.testing.assert_array_equal(colours[0, 0, 0], RED)
    np.testing.assert_array_equal(colours[0, 0, -1], BLUE)
    grey, _ = images.decode(column, (2, 4))
    assert (grey[0, 0, 0], grey[0, 0, -1]) == (76, 29)  # 0.299 and 0.114 of 255
    clear, _ = images.decode(column, (2, 4, 4))
    assert clear[0, 0, 0].tolist() == [255, 0, 0, 255]


def test_sixteen_bits_of_grey_become_eight():
    grey = Image.fromarray(np.array([[0, 256, 25_700, 65_535]], np.uint16))
    array, bad = images.decode(pa.array([file_of(grey)], pa.binary()), (1, 4))
    assert (array.tolist(), bad.tolist()) == ([[[0, 1, 100, 255]]], [False])


def test_every_kind_of_damage_is_a_row_without_an_image():
    damaged = [b"DDS " + b"\x7c\0\0\0" + b"\1" * 130, b"RIFF1234WEBPVP8 ", b"\x89PNG\r\n\x1a\n", b"GIF89a"]
    _, bad = images.decode(pa.array(damaged, pa.binary()), (2, 2))
    assert bad.all()


def test_what_cameras_and_printers_write_is_read():
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter: what was left is up
    turned = file_of(halves(RED, BLUE), "PNG", exif=exif)
    cmyk = file_of(Image.new("CMYK", (4, 4), (0, 255, 255, 0)), "JPEG")
    moving = file_of(
        Image.new("RGB", (4, 4), RED), "GIF", save_all=True, append_images=[Image.new("RGB", (4, 4), BLUE)]
    )
    column = pa.array([turned, cmyk, moving], pa.binary())
    found, bad = images.decode(column, (8, 4, 3))
    assert not bad.any()
    np.testing.assert_array_equal(found[0, 0, 0], RED)
    np.testing.assert_array_equal(found[0, -1, -1], BLUE)
    for each in found[1:]:
        assert each[0, 0, 0] > 200 > 60 > each[0, 0, 2]


def test_broken_and_missing_files_are_marked():
    whole = file_of(halves(RED, BLUE))
    column = pa.array([whole, None, b"", b"no image", whole[:40]], pa.binary())
    found, bad = images.decode(column, (4, 8, 3))
    assert bad.tolist() == [False, True, True, True, True]
    assert not found[1:].any()


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pictures")
    random = np.random.default_rng(0)
    for i in range(24):
        shade = int(random.integers(100, 256))
        colour = (shade, 0, 0) if i % 2 else (0, 0, shade)
        (folder / f"{'red' if i % 2 else 'blue'}-{i}.png").write_bytes(file_of(Image.new("RGB", (9, 7), colour)))
    return folder


def classifier(**settings):
    keras.utils.set_random_seed(0)
    inputs = [keras.Input((4, 4, 3)), keras.layers.Rescaling(1 / 255), keras.layers.Flatten()]
    model = keras.Sequential([*inputs, keras.layers.Dense(2, "softmax")])
    model.compile(keras.optimizers.Adam(0.05), "sparse_categorical_crossentropy")
    return KerasClassifier(model=model, featuresCol="picture", epochs=15, batchSize=8, **settings)


@pytest.mark.slow
@pytest.mark.parametrize("source", ["image", "binaryFile"])
def test_a_classifier_trains_on_sparks_own_sources_of_images(spark, pictures, source):
    rows = spark.read.format(source).load(str(pictures))
    path, picture = ("path", "content") if source == "binaryFile" else ("image.origin", "image")
    named = rows.selectExpr(f"{picture} AS picture", f"IF({path} LIKE '%red%', 'red', 'blue') AS label")
    scored = classifier().fit(named).transform(named)
    assert scored.where("prediction = label").count() == 24


@pytest.mark.slow
def test_broken_pictures_are_counted_or_skipped(spark, pictures):
    rows = spark.read.format("binaryFile").load(str(pictures)).selectExpr("content AS picture", "0 AS label")
    broken = rows.limit(20).union(spark.createDataFrame([(b"nothing", 1)], "picture binary, label int"))
    with pytest.raises(InvalidColumnError, match=r"broken image found in column 'picture': 1 row\(s\)"):
        classifier().fit(broken)
    fitted = classifier(handleInvalid="skip").fit(broken)
    assert (fitted.history.rows, fitted.history.skipped) == (20, 1)
    assert fitted.transform(broken).count() == 20


def test_models_that_take_no_image_are_refused(spark, pictures):
    rows = spark.read.format("binaryFile").load(str(pictures)).selectExpr("content AS features", "0 AS label")
    model = keras.Sequential([keras.Input((48,)), keras.layers.Dense(2, "softmax")])
    model.compile("adam", "sparse_categorical_crossentropy")
    with pytest.raises(InvalidColumnError, match=r"'features' holds images; .*shape \(48,\), not that of an image"):
        KerasClassifier(model=model).fit(rows)
