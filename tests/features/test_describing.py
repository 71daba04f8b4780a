"""A table before anything is trained: what is in each column, in one scan, and a picture of it."""

import io

import pyarrow as pa
import pytest
from PIL import Image

from sparkeras import features
from sparkeras.errors import DataError, InvalidColumnError
from sparkeras.plots import draw_columns
from tests.cli.test_commands import sparkeras
from tests.features.test_learning import ROWS, table


@pytest.fixture(scope="module")
def described(spark):
    mixed = pa.array([*["1", "2"] * (ROWS // 2 - 1), "3", "many"])
    return features.describe(spark.createDataFrame(table().append_column("mixed", mixed)))


def test_each_column_is_described_as_learning_would_take_it(described):
    rows = {row.column: row for row in described.collect()}
    assert {name: row.kind for name, row in rows.items()} == {
        "size": "number",
        "city": "category",
        "day": "date",
        "written": "number",
        "note": "text",
        "flag": "category",
        "pair": "vector",
        "row": "left out",
        "key": "left out",
        "same": "left out",
        "empty": "left out",
        "label": "category",
        "mixed": "refused",
    }
    assert (rows["city"].missing, rows["city"].distinct, rows["city"].rows) == (0.05, 3, ROWS)
    assert sum(each.rows for each in rows["city"].frequent) == ROWS - 15
    assert (rows["row"].lowest, rows["row"].highest, len(rows["row"].quantiles)) == ("0", "299", 65)
    assert (rows["day"].lowest[:4], rows["day"].highest[:4]) == ("2020", "2021")
    assert rows["key"].learned == "it is an id: 300 values in 300 rows"
    assert "1 of 300 rows hold other texts, such as 'many'" in rows["mixed"].learned
    assert (rows["pair"].distinct, rows["pair"].type) == (None, "array<double>")


def test_the_picture_has_a_panel_for_each_column(described, tmp_path):
    features.draw(tmp_path / "columns.png", described)
    features.draw(tmp_path / "dark.png", described, dark=True)
    with Image.open(tmp_path / "columns.png") as light, Image.open(tmp_path / "dark.png") as dark:
        assert light.size == dark.size
        assert light.width > 1000
        assert light.convert("L").getpixel((2, 2)) > 200 > 60 > dark.convert("L").getpixel((2, 2))


def test_a_picture_of_many_columns_says_how_many_are_shown(described):
    rows = [row.asDict(recursive=True) for row in described.collect()]
    draw_columns(io.BytesIO(), rows[:1])
    with pytest.raises(DataError, match="needs a column or more; got none"):
        draw_columns(io.BytesIO(), [])


def test_what_cannot_be_described_is_refused(spark):
    df = spark.createDataFrame([(1, 2)], ["a", "b"])
    with pytest.raises(InvalidColumnError, match="Column 'c' is not in the DataFrame; it has 'a', 'b'"):
        features.describe(df, columns=["c"])
    with pytest.raises(InvalidColumnError, match="no rows to describe"):
        features.describe(df.where("false"))


def test_the_command_tells_of_a_file_and_draws_it(spark, tmp_path, capsys):
    (tmp_path / "t.csv").write_text("price [EUR];city\n" + "1.234,50 €;Oslo\n;Bergen\n3,00 €;Oslo\n" * 10)
    assert sparkeras("data", "describe", tmp_path / "t.csv", "--picture", tmp_path / "t.png") == 0
    said = capsys.readouterr().out
    assert said.startswith("30 rows\n")
    line = next(line for line in said.splitlines() if line.startswith("price"))
    assert line.split()[:7] == ["price", "[EUR]", "number", "33.3", "%", "2", "3"]
    assert (tmp_path / "t.png").stat().st_size > 5000
    assert sparkeras("data", "describe", "mnist") != 0
    assert "'mnist' holds arrays, no table of columns" in capsys.readouterr().err
