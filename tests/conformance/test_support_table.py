"""docs/support.md says of each case what the tests expect of it."""

import importlib.util
from pathlib import Path

import keras
import pytest

PATH = Path(__file__).parents[2] / "docs" / "support_table.py"


@pytest.fixture(scope="module")
def table():
    spec = importlib.util.spec_from_file_location("support_table", PATH)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_is_what_the_cases_hold(table):
    written, made = table.PAGE.read_text(), table.page()
    if f"Keras {keras.__version__}." in written:
        assert written == made, "run: python docs/support_table.py"
    else:  # an older Keras has fewer classes; of a newer one, test_catalogue names the new ones
        lines = {line for line in made.splitlines() if line.startswith("| ")}
        assert lines <= set(written.splitlines())


def test_a_line_says_what_is_refused_with_several_workers_and_why(table):
    [line] = [line for line in table.lines_of("models") if line.startswith("| layer, adds a root of a mean |")]
    why = " a root of a mean over the rows is not a mean "
    assert line.split("|")[2:8] == [*[" exact ", " refused "] * 2, " exact ", why]


def test_a_class_whose_cases_differ_has_a_line_for_each(table):
    lines = [line.split("|")[1].strip() for line in table.lines_of("losses")]
    assert {"Dice", "Dice, each image"} <= set(lines)
    assert "`LogCosh`" in lines
