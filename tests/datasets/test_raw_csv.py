"""CSV files as people and programs write them: read, or refused in one sentence that names the line."""

import datetime
import gzip

import pytest

from sparkeras.datasets import raw_csv, raw_tables
from sparkeras.errors import DataError

READ = {
    "decimal commas": ("Preis;Menge;Ort\n1.234,56;1.234;a\n3,5;999;b\n", [[1234.56, 3.5], [1234, 999], ["a", "b"]]),
    "euros and per cent": ("Preis;Anteil\n1.234,56 €;12 %\n3,50 €;3%\n", [[1234.56, 3.5], [12, 3]]),
    "dollars and thousands": ('a,b\n"$1,234.50","1,000"\n-$5,7\n', [[1234.5, -5], [1000, 7]]),
    "blanks between thousands": ("a\tb\n1\u00a0234\t1'000.5\n5\t2\n", [[1234, 5], [1000.5, 2]]),
    "numbers in two units are texts": ("a,b\n$5,1\n€6,2\n", [["$5", "€6"], [1, 2]]),
    "a text among numbers": ("a,b\n1,1\nx,2\n", [["1", "x"], [1, 2]]),
    "line breaks and quotes within quotes": (
        '"size\n(m2)",b\n"1,5\n2","a ""b"""\nc,d\n',
        [["1,5\n2", "c"], ['a "b"', "d"]],
    ),
    "commas in texts beside semicolons": ("a;b\nx, y, z;1\nu, v;2\n", [["x, y, z", "u, v"], [1, 2]]),
    "years as names": ("country,1990,1991\nNO,1.5,2\nSE,2,3\n", [["NO", "SE"], [1.5, 2], [2, 3]]),
    "numbers of rows without a name": (",a\n0,5\n1,6\n", [[0, 1], [5, 6]]),
    "a comma at the end of each row": ("a,b\n1,2,\n3,4,\n", [[1, 3], [2, 4], [None, None]]),
    "a comma at the end of the header": ("a,b,\n1,2\n3,4\n", [[1, 3], [2, 4]]),
    "empty lines": ("\n \na,b\n\n1,2\n\n3,x\n", [[1, 3], ["2", "x"]]),
    "old line ends": ("a,b\r1,2\r3,4\r", [[1, 3], [2, 4]]),
    "infinite numbers": ("a,b\ninf,1\n-inf,2\n", [[float("inf"), float("-inf")], [1, 2]]),
    "one column": ("a\n1\n2\n", [[1, 2]]),
}


@pytest.mark.parametrize("case", READ)
def test_a_file_is_read_as_it_is_meant(tmp_path, case):
    written, columns = READ[case]
    (tmp_path / "t.csv").write_bytes(written.encode())
    assert [column.to_pylist() for column in raw_csv.read_table(tmp_path / "t.csv").columns] == columns


@pytest.mark.parametrize(
    "written",
    [
        b"\xef\xbb\xbfa;b\n1;\xc3\xa5\n",
        "a;b\n1;å\n".encode("cp1252"),
        "a\tb\n1\tå\n".encode("utf-16"),
        gzip.compress("a|b\n1|å\n".encode(), mtime=0),
        b"a,b\n" + b"1,x\n" * 70_000 + b"1,\xe5\n",  # the first letter beyond ASCII stands far below
        b"a,b\n1,\x81\n1,\xe5\n",  # a byte that Windows' code page lacks
    ],
)
def test_encodings_are_found(tmp_path, written):
    path = tmp_path / ("t.csv.gz" if written.startswith(b"\x1f\x8b") else "t.csv")
    path.write_bytes(written)
    assert raw_csv.read_table(path).to_pylist()[-1] == {"a": 1, "b": "å"}


def test_names_have_blanks_brackets_dots_and_numbers_for_none(tmp_path):
    (tmp_path / "t.csv").write_text("a.b, c [m] ,`d`,,e  f\n1,2,3,4,5\n")
    assert raw_csv.read_table(tmp_path / "t.csv").column_names == ["a.b", "c [m]", "`d`", "column 4", "e f"]


REFUSED = {
    "empty": ("", "is empty; expected a header"),
    "names alone": ("a,b\n", "has no rows below its header"),
    "no header, numbers": ("1,2\n3,4\n", r"has no header: its first line holds values \('1', '2'\)"),
    "no header, a number": ("5.1,setosa\n4.9,setosa\n", r"has no header: .*'5.1', 'setosa'.* Add a first line"),
    "no header, whole numbers": ("3,1,male\n1,0,male\n", "has no header"),
    "no header, texts": ("p,x\ne,x\np,y\n", "has no header"),
    "no header, a day": ("2020-01-01,x\n2020-01-02,y\n", "has no header"),
    "a longer row": ("a,b\n1,2\n\n3,4\n5,6,7\n8,9\n", r"t.csv', line 5: 3 cells, and the header has 2 names"),
    "a shorter row": ("a,b,c\n1,2,3\n4,5\n6,7,8\n", "t.csv', line 3: 2 cells, and the header has 3 names"),
    "a longer row after a break": ('a,b\n"1\n2",3\n4,5,6\n7,8\n', "t.csv', line 4: 3 cells"),
    "an open quote": ('a,b\n1,2\n3,"4\n' + "5,6\n" * 30, "t.csv', line 3: a quote is not closed until the end"),
    "lines above": ("# by x\n\na,b,c\n1,2,3\n4,5,6\n", r"lines above its header, the first is '# by x'.* tail -n \+2 "),
    "Excel's first line": ("sep=;\na;b;c\n1;2;3\n4;5;6\n", r"the first is 'sep=;'. Delete them: tail -n \+2 't.csv'"),
    "row names of R": ('"a","b"\n"1",2,3\n"2",4,5\n', "3 cells in a row and fewer names in its header: 2.*R's"),
    "a name twice": ("a,b,a\n1,2,3\n", "has 2 columns named 'a'. Give each its own name"),
    "a workbook": ("PK\0\0a", "is not a text file: it has zero bytes. Save the table as CSV"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_file_that_is_no_table_is_refused_in_one_sentence(tmp_path, case):
    written, words = REFUSED[case]
    (tmp_path / "t.csv").write_text(written)
    with pytest.raises(DataError, match=words):
        raw_csv.read_table(tmp_path / "t.csv")


def test_columns_that_turn_into_texts_far_below_are_texts(tmp_path, monkeypatch):
    monkeypatch.setattr(raw_csv, "_BLOCK_BYTES", 4096)
    rows = "".join(f"{n},{n},{n},{n},{n},{n}.5\n" for n in range(3000))
    (tmp_path / "t.csv").write_text("a,b,c,d,e,f\n" + rows + "x,x,x,x,x,7\n")
    table = raw_csv.read_table(tmp_path / "t.csv")
    assert table.slice(table.num_rows - 1).to_pylist() == [dict.fromkeys("abcde", "x") | {"f": 7}]
    assert raw_csv.line_of(tmp_path / "t.csv", "c", "x") == 3002


def test_times_without_a_zone_stay_as_they_stand_in_any_session(spark, tmp_path):
    (tmp_path / "t.csv").write_text("t,u\n2020-01-01 10:00,2020-01-01T10:00:00+02:00\n")
    spark.conf.set("spark.sql.session.timeZone", "America/New_York")
    try:
        rows = raw_tables.rows_of_table(str(tmp_path / "t.csv"), spark)
        assert [field.dataType.typeName() for field in rows.schema] == ["timestamp_ntz", "timestamp"]
        assert rows.first()["t"] == datetime.datetime(2020, 1, 1, 10)
        assert rows.selectExpr("date_format(u, 'HH:mm')").first()[0] == "03:00"
    finally:
        spark.conf.unset("spark.sql.session.timeZone")
