"""Cells as people write them: one reading for learning and for encoding."""

import datetime
import decimal

import numpy as np
import pyarrow as pa
import pytest

from sparkeras.features.reading import as_numbers, texts
from sparkeras.features.times import FORMATS, as_times
from sparkeras.files.empty_cells import EMPTY_CELLS
from sparkeras.files.written_numbers import COMMA, POINT


@pytest.mark.parametrize("values", [[3, 4], [3.0, 4.0], ["3", " 4 "], [decimal.Decimal(3), decimal.Decimal(4)]])
def test_a_value_is_the_same_text_whatever_its_type(values):
    assert texts(pa.array(values)).to_pylist() == ["3", "4"]


def test_what_says_that_a_cell_is_empty_is_missing():
    assert texts(pa.array([*EMPTY_CELLS, " NA ", None, "b"])).to_pylist() == [*[None] * (len(EMPTY_CELLS) + 2), "b"]
    assert texts(pa.array([float("nan"), 2.5, None])).to_pylist() == [None, "2.5", None]
    assert texts(pa.array([True, False, None])).to_pylist() == ["true", "false", None]


@pytest.mark.parametrize(
    ("text", "number"),
    [("1,234.5", 1234.5), (" 7 ", 7), ("-1e3", -1000), ("5.", 5), ("-.5", -0.5), ("1,234,567", 1234567), ("+2", 2)],
)
def test_texts_are_numbers(text, number):
    numbers, wrong = as_numbers(pa.array([text]))
    assert (numbers[0], wrong[0]) == (number, False)


@pytest.mark.parametrize("text", ["abc", "1,23", "12,3456", ",", ".", "-", "1 2", "0x10", "1_000"])
def test_other_texts_are_none(text):
    numbers, wrong = as_numbers(pa.array([text]))
    assert np.isnan(numbers[0])
    assert wrong[0]


def test_missing_is_no_wrong_number():
    numbers, wrong = as_numbers(pa.array(["NA", None, "1"]))
    assert np.isnan(numbers).tolist() == [True, True, False]
    assert not wrong.any()


UTC = datetime.UTC
MOMENTS = [
    ("2024-12-31", "2024-02-29", datetime.datetime(2024, 2, 29, tzinfo=UTC)),
    ("2024-12-31", "2013-01-01T05:00:00Z", datetime.datetime(2013, 1, 1, 5, tzinfo=UTC)),
    ("2024-12-31", "2013-01-01 05:00:00.25+02:00", datetime.datetime(2013, 1, 1, 3, 0, 0, 250_000, UTC)),
    ("2024-12-31", "1969-12-31T23:59", datetime.datetime(1969, 12, 31, 23, 59, tzinfo=UTC)),
    ("31.12.2024", "1.2.2020", datetime.datetime(2020, 2, 1, tzinfo=UTC)),
    ("31/12/2024", "01/02/2020 10:15", datetime.datetime(2020, 2, 1, 10, 15, tzinfo=UTC)),
    ("12/31/2024", "01/02/2020", datetime.datetime(2020, 1, 2, tzinfo=UTC)),
    ("2024/12/31", "2020/1/2", datetime.datetime(2020, 1, 2, tzinfo=UTC)),
]


@pytest.mark.parametrize(("format", "text", "moment"), MOMENTS)
def test_texts_are_points_in_time(format, text, moment):
    micros, missing, wrong = as_times(pa.array([text, None]), format)
    since = moment - datetime.datetime(1970, 1, 1, tzinfo=UTC)
    assert micros[0] == since // datetime.timedelta(microseconds=1)
    assert (missing.tolist(), wrong.tolist()) == ([False, True], [False, False])


@pytest.mark.parametrize("text", ["2023-02-29", "2020-13-01", "2020-01-01 24:00", "20200101", "x"])
def test_days_that_do_not_exist_are_wrong(text):
    _, missing, wrong = as_times(pa.array([text]), "2024-12-31")
    assert (missing[0], wrong[0]) == (True, True)


def test_dates_and_timestamps_are_read_as_texts_are():
    moment = datetime.datetime(2020, 3, 4, 5, 6)
    zoned = pa.array([moment.replace(tzinfo=UTC)], pa.timestamp("us", "Europe/Oslo"))
    same = {int(as_times(each, None)[0][0]) for each in (pa.array([moment]), zoned)}
    assert same == {int(as_times(pa.array(["2020-03-04 05:06"]), "2024-12-31")[0][0])}
    day = as_times(pa.array([moment.date(), None]), None)
    assert (day[0][0], day[1].tolist()) == (as_times(pa.array(["2020-03-04"]), "2024-12-31")[0][0], [False, True])


def test_each_format_reads_its_own_example():
    for format in FORMATS:
        assert not as_times(pa.array([format]), format)[2].any()


SUMMER = datetime.datetime(2024, 6, 1, 22, 30, tzinfo=UTC)  # half past midnight of the 2nd in Oslo
INSTANTS = [
    pa.array([SUMMER], pa.timestamp("us", "UTC")),
    pa.array([SUMMER], pa.timestamp("ns", "America/New_York")),  # as Spark gives it in a session of that zone
    pa.array(["2024-06-01T22:30:00Z"]),
    pa.array(["2024-06-02 00:30+02:00"]),
    pa.array(["2024-06-01T18:30:00-0400"]),
]


@pytest.mark.parametrize("column", INSTANTS)
def test_an_instant_is_the_same_however_it_is_written(column):
    assert clock(column, None) == datetime.datetime(2024, 6, 1, 22, 30)
    assert clock(column, "Europe/Oslo") == datetime.datetime(2024, 6, 2, 0, 30)


@pytest.mark.parametrize("zone", [None, "Europe/Oslo"])
@pytest.mark.parametrize("column", [pa.array(["2024-06-02 00:30"]), pa.array([datetime.datetime(2024, 6, 2, 0, 30)])])
def test_a_time_without_a_zone_is_taken_as_it_stands(column, zone):
    assert clock(column, zone) == datetime.datetime(2024, 6, 2, 0, 30)


def clock(column, zone):
    micros, missing, wrong = as_times(column, None, zone)
    assert not missing.any()
    assert not wrong.any()
    return datetime.datetime(1970, 1, 1) + datetime.timedelta(microseconds=int(micros[0]))


STYLES = [
    ("1.234,56", None, 1234.56),
    ("3,5", None, 3.5),
    ("1,234", 1234, 1.234),
    ("1.234", 1.234, 1234),
    ("1.234.567", None, 1234567),
    ("1 234", 1234, 1234),
    ("1'234.5", 1234.5, None),
    ("-7", -7, -7),
    ("\N{MINUS SIGN}7", -7, -7),
    ("€ 12", None, None),
]


@pytest.mark.parametrize(("text", "point", "comma"), STYLES)
def test_a_number_is_read_in_the_style_of_its_column(text, point, comma):
    for style, number in ((POINT, point), (COMMA, comma)):
        numbers, wrong = as_numbers(pa.array([text]), style)
        assert (None if wrong[0] else numbers[0]) == number


def test_the_sign_of_a_unit_is_read_where_it_is_expected():
    for text in ("€ 12", "12 €", "-€12", "12%"):
        assert as_numbers(pa.array([text]), units="€%")[0].tolist() in ([12], [-12])
        assert as_numbers(pa.array([text]), units="$")[1].all()
