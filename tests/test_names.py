"""Names say what they hold: none of the words of our own that readers had to decode."""

import ast
from pathlib import Path

import pytest

import sparkeras

SOURCE = Path(sparkeras.__file__).parent
FILES = sorted(path for path in SOURCE.rglob("*.py") if "material" not in path.parts)
# A prediction or a message; metadata; anything.
REFUSED = {"said", "told", "things", "stuff", "misc", "utils", "helpers", "parcels", "trust", "intake"}


def names_in(path):
    """Return the names that a file gives: variables, arguments, functions, classes, attributes."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield node.attr


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_no_name_needs_a_look_inside(path):
    assert not REFUSED & {name.strip("_").lower() for name in names_in(path)}
    assert not REFUSED & set(path.relative_to(SOURCE).with_suffix("").parts)
