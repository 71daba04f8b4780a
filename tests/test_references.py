"""What documents and docstrings name is there: files by their paths, names as ``module.name``."""

import ast
import re
from pathlib import Path

import pytest

import sparkeras

SOURCE = Path(sparkeras.__file__).parent
ROOT = Path(__file__).parent.parent
DOCUMENTS = [ROOT / "ARCHITECTURE.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs/decisions").glob("*.md"))]
FILES = [path for path in sorted(SOURCE.rglob("*.py")) if "material" not in path.parts]
_PATH = re.compile(r"(?<![\w/.])(?:\w+/)+\w+\.py\b")
_DOTTED = re.compile(r"``([a-z]+_[a-z_]+)\.(\w+)[`.(]")  # modules of two words: no variable is called so by chance
_ENDINGS = {"py", "json", "jsonl", "csv", "png", "html", "css", "pkl", "pb", "keras"}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_files_that_a_document_names_are_there(document):
    named = set(_PATH.findall(document.read_text(encoding="utf-8")))
    below = (ROOT, SOURCE.parent, SOURCE, SOURCE / "engine")
    assert not {path for path in named if not any((folder / path).is_file() for folder in below)}


def names_of(path):
    """Return the names that a module has at its top."""
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef):
            yield node.name
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            yield from (each.id for each in ast.walk(node) if isinstance(each, ast.Name))
        elif isinstance(node, ast.Import | ast.ImportFrom):
            yield from (alias.asname or alias.name for alias in node.names)


def test_names_in_docstrings_are_those_of_their_modules():
    modules = {}
    for path in FILES:
        modules.setdefault(path.stem, set()).update(names_of(path))
    wrong = [
        f"{path.relative_to(SOURCE)}: {module}.{name}"
        for path in FILES
        for module, name in _DOTTED.findall(path.read_text(encoding="utf-8"))
        if module in modules and name not in modules[module] | _ENDINGS
    ]
    assert not wrong
