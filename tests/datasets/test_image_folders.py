"""Folders of images: read whole, batch by batch, and as DataFrames; broken and odd files in them."""

import shutil

import keras
import numpy as np
import pytest
from PIL import Image

import sparkeras
from sparkeras import datasets
from sparkeras.datasets import ImageBatches
from sparkeras.datasets.image_folder import scan
from sparkeras.errors import DataError, InvalidColumnError, InvalidParamError


def image(path, colour, size=(40, 30), mode="RGB", **save):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new(mode, size, colour).save(path, **save)


@pytest.fixture
def photos(tmp_path):
    """Ten red and ten blue images."""
    for i in range(10):
        image(tmp_path / "photos" / "blue ones" / f"{i}.png", (0, 0, 200 + i))
        image(tmp_path / "photos" / "red" / f"{i}.jpg", (200 + i, 0, 0))
    return tmp_path / "photos"


@pytest.fixture
def odd(photos):
    """The same with what people's folders hold beside: broken, empty, other kinds."""
    (photos / "red" / "broken.jpg").write_bytes((photos / "red" / "1.jpg").read_bytes()[:200])
    (photos / "red" / "empty.png").write_bytes(b"")
    (photos / "red" / "notes.txt").write_text("no image, by its name")
    (photos / "red" / ".hidden.jpg").write_bytes(b"")
    image(photos / "blue ones" / "cmyk.jpg", (255, 255, 0, 0), mode="CMYK")
    frames = [Image.new("RGB", (8, 8), (0, 0, 255)), Image.new("RGB", (8, 8), (255, 0, 0))]
    frames[0].save(photos / "blue ones" / "animated.gif", save_all=True, append_images=frames[1:])
    grey16 = Image.fromarray(np.full((8, 8), 65535, np.uint16))
    grey16.save(photos / "blue ones" / "grey16.png")
    turned = Image.new("RGB", (40, 20), (0, 0, 255))
    turned.paste((0, 0, 0), (0, 0, 20, 20))  # its left half is black
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned a quarter clockwise: left becomes top
    turned.save(photos / "blue ones" / "turned.jpg", exif=exif)
    return photos


def test_a_seed_splits_each_class_80_20(photos):
    with pytest.raises(DataError, match="There is no folder 'nowhere'"):
        ImageBatches("nowhere")
    found = scan(photos, seed=1)
    assert found.classes == ("blue ones", "red")
    assert [label for _, label in found.train].count(0) == 8
    assert [label for _, label in found.test].count(1) == 2
    assert found.test != scan(photos, seed=2).test


def test_a_given_split_is_kept(photos, tmp_path):
    for part, count in (("train", 6), ("validation", 4)):
        for name in ("blue ones", "red"):
            (tmp_path / "given" / part / name).mkdir(parents=True)
            for path in sorted((photos / name).iterdir())[:count]:
                shutil.copy(path, tmp_path / "given" / part / name)
    arrays = datasets.load_arrays(str(tmp_path / "given"), image_size=8)
    assert (arrays.x_train.shape, arrays.x_test.shape) == ((12, 8, 8, 3), (8, 8, 8, 3))
    assert arrays.schema.classes == ("blue ones", "red")


def test_odd_images_are_read_as_people_see_them(odd):
    arrays = datasets.load_arrays(str(odd), image_size=16, invalid="skip")
    x = np.concatenate([arrays.x_train, arrays.x_test]).astype(int)
    y = np.concatenate([arrays.y_train, arrays.y_test])
    assert (len(x), (y == 0).sum()) == (24, 14)  # the two broken ones are left out
    blues = x[y == 0]
    assert sum((each > 250).all() for each in blues) == 1  # 16 bits of white
    animated = [each for each in blues if (each[..., 2] > 250).all() and (each[..., :2] < 5).all()]
    assert len(animated) >= 1  # of the animation, the first frame
    turned = [each for each in blues if each[:6].max() < 60 < each[10:, :, 2].min()]
    assert len(turned) == 1  # the dark half is on top


def test_broken_images_are_named_or_skipped_with_a_count(odd):
    with pytest.raises(DataError, match=r"red/(broken\.jpg|empty\.png)' is empty, broken, or no image"):
        datasets.load_arrays(str(odd))
    batches = ImageBatches(odd, size=16, batch_size=4, invalid="skip", seed=3)
    labels = np.concatenate([batches[i][1] for i in range(batches.num_batches)])
    assert len(labels) + len(batches.skipped) == len(scan(odd, 3).train)
    assert {path.name for path in batches.skipped} <= {"broken.jpg", "empty.png"}


def test_batches_hold_every_image_once_an_epoch_in_another_order(photos):
    batches = ImageBatches(photos, size=(12, 16), batch_size=5, seed=1)
    assert (batches.num_batches, batches[0][0].shape, batches[0][0].dtype) == (4, (5, 12, 16, 3), np.uint8)

    def reds():
        found = [batches[i] for i in range(batches.num_batches)]
        return np.concatenate([x[:, 6, 8, 0] + x[:, 6, 8, 2] for x, _ in found])

    first = reds()
    batches.on_epoch_end()
    assert sorted(first) == sorted(reds())
    assert list(first) != list(reds())
    test = ImageBatches(photos, "test", size=8, seed=1)
    np.testing.assert_array_equal(test[0][1], [0, 0, 1, 1])


def test_augmentation_changes_training_batches_alone(photos):
    flip = keras.layers.RandomBrightness(0.5, value_range=(0, 255), seed=0)
    train, test = (ImageBatches(photos, part, size=8, augment=flip) for part in ("train", "test"))
    assert train[0][0].dtype == np.float32
    assert np.unique(train[0][0][..., 0].round(1)).size > np.unique(ImageBatches(photos, size=8)[0][0][..., 0]).size
    assert test[0][0].dtype == np.uint8


def small_model(size=16):
    keras.utils.set_random_seed(0)
    inputs = keras.Input((size, size, 3))
    x = keras.layers.Rescaling(1 / 255)(inputs)
    x = keras.layers.GlobalAveragePooling2D()(keras.layers.Conv2D(8, 3, activation="relu")(x))
    model = keras.Model(inputs, keras.layers.Dense(2, activation="softmax")(x))
    model.compile(keras.optimizers.Adam(0.05), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def test_plain_keras_trains_from_batches(photos):
    model = small_model()
    model.fit(ImageBatches(photos, size=16, workers=2), epochs=8, verbose=0)
    assert model.evaluate(ImageBatches(photos, "test", size=16), verbose=0, return_dict=True)["accuracy"] == 1


@pytest.mark.slow
def test_spark_trains_from_the_files(spark, photos):
    data = datasets.open_dataset(str(photos), spark, image_size=16)
    assert data.train.dtypes == [("features", "binary"), ("label", "int"), ("path", "string")]
    assert (data.train.count(), data.test.count(), data.input_shape) == (16, 4, (16, 16, 3))
    model = small_model()
    sparkeras.fit(model, data.train, epochs=8, batch_size=8, verbose=0)
    assert sparkeras.evaluate(model, data.test)["accuracy"] == 1


@pytest.mark.thorough
def test_spark_refuses_or_skips_broken_files(spark, odd):
    data = datasets.open_dataset(str(odd), spark, image_size=16)
    with pytest.raises(InvalidColumnError, match="broken image found in column 'features'"):
        sparkeras.fit(small_model(), data.train.unionByName(data.test), epochs=1, verbose=0)
    rows = data.train.unionByName(data.test)
    training = sparkeras.fit(small_model(), rows, epochs=1, verbose=0, handle_invalid="skip").training
    assert (training.rows, training.skipped) == (24, 2)


def test_paths_that_look_like_patterns_are_paths(spark, photos):
    place = photos.rename(photos.with_name("photos [1] {a}* 100%+ü"))
    train, test = datasets.load(str(place), spark)
    assert train.count() + test.count() == 20


def no_class(folder):
    shutil.rmtree(folder / "red")


def no_test(folder):
    (folder / "train").mkdir()
    for name in ("red", "blue ones"):
        (folder / name).rename(folder / "train" / name)


def new_class_in_test(folder):
    no_test(folder)
    shutil.copytree(folder / "train" / "red", folder / "validation" / "green")


WRONG = {
    "one class": (no_class, r"has 1 folder\(s\) of images; expected two or more, one for each class, e\.g\. .*cats"),
    "no test": (no_test, "has a folder 'train' but none to test with: expected validation or test or val"),
    "unknown class": (new_class_in_test, r"validation' has the class 'green', but '.*train' does not"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_folder_of_another_form_gets_one_clear_sentence(case, photos):
    change, words = WRONG[case]
    change(photos)
    with pytest.raises(DataError, match=words):
        ImageBatches(photos)


def test_settings_outside_their_limits_are_named(photos):
    for settings, words in (
        ({"part": "all"}, "'part' must be train or test; got 'all'"),
        ({"size": 0}, "'image_size' must be 1 to 4096 pixels of a side; got 0"),
        ({"batch_size": 0}, "'batch_size' must be a whole number of 1 or more; got 0"),
        ({"invalid": "drop"}, "'invalid' must be one of error, skip; got 'drop'"),
    ):
        with pytest.raises(InvalidParamError, match=words):
            ImageBatches(photos, **settings)


@pytest.mark.thorough
def test_a_folder_at_any_address_that_spark_reads(spark, photos):
    """Hadoop's viewfs, as a cluster's administrator mounts it: a scheme that only Hadoop's own code can follow."""
    (photos / "red" / "notes.txt").write_text("no image, by its name")
    image(photos / "red" / "upper.JPG", (255, 0, 0))
    spark.conf.set("fs.viewfs.mounttable.photos.link./far", f"file://{photos}")
    near, far = (datasets.open_dataset(path, spark, seed=1, image_size=8) for path in (photos, "viewfs://photos/far/"))
    assert (far.name, far.schema.classes, far.input_shape) == ("far", ("blue ones", "red"), (8, 8, 3))
    for part in ("train", "test"):
        rows = [{bytes(row.features): row.label for row in getattr(each, part).collect()} for each in (near, far)]
        assert rows[0] == rows[1] != {}
    for address in ("viewfs://photos/far/nosuch", "nosuch://photos/far"):
        with pytest.raises(DataError, match="cannot be read as Parquet"):
            datasets.open_dataset(address, spark)


def test_class_folders_may_be_links_and_have_folders_of_their_own(photos, tmp_path):
    (tmp_path / "mine").mkdir()
    for name in ("blue ones", "red"):
        (tmp_path / "mine" / name).symlink_to(photos / name)
    assert len(scan(tmp_path / "mine").train) == len(scan(photos).train) == 16
    image(photos / "red" / "old ones" / "1.png", (255, 0, 0))
    image(photos / ".thumbnails" / "red" / "1.png", (255, 0, 0))
    image(photos / "stray.png", (255, 0, 0))
    found = scan(tmp_path / "mine")
    assert len(found.train) + len(found.test) == 21
    assert "red/old ones/1.png" in {name for name, _ in (*found.train, *found.test)}


def test_photos_are_exported_at_the_size_that_is_asked_for(photos, tmp_path, spark):
    written = datasets.export(photos, spark, tmp_path / "out", "npz", image_size=12)
    assert datasets.load_arrays(written).x_train.shape == (16, 12, 12, 3)
    spark.conf.set("fs.viewfs.mounttable.export.link./far", f"file://{photos}")
    with pytest.raises(DataError, match="holds images elsewhere.*Copy them here"):
        datasets.export("viewfs://export/far", spark, tmp_path / "other", "npz")
