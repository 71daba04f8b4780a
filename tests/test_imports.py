"""The shape of the package: floors, a light import, public names that resolve, short files and functions."""

import ast
import importlib
import subprocess
import sys
from pathlib import Path

import pytest

import sparkeras

SOURCE = Path(sparkeras.__file__).parent
FLOORS = {
    "errors": 0,
    "image_files": 0,
    "label_limits": 0,
    "logs": 0,
    "quick_compilation": 0,
    "remote_files": 0,
    "scratch": 0,
    "spark_names": 0,
    "whole_files": 0,
    "trust": 0,
    "places": 0,
    "spark_errors": 0,
    "blueprint": 1,
    "columns": 1,
    "datasets": 1,
    "history": 1,
    "legacy": 1,
    "insides": 2,
    "params": 1,
    "plots": 1,
    "runs": 1,
    "session": 1,
    "tasks": 1,
    "zoo": 1,
    "backends": 2,
    "parcels": 2,
    "shards": 2,
    "vocabulary": 2,
    "text_rows": 3,
    "museum": 2,
    "cluster": 3,
    "scoring": 3,
    "trainer": 4,
    "callback_files": 5,
    "preflight": 6,
    "training": 7,
    "folders": 2,
    "model_files": 2,
    "persistence": 7,
    "tracking": 7,
    "intake": 7,
    "model": 8,
    "progress_bar": 7,
    "estimator": 9,
    "fitting": 9,
    "report": 9,
    "tuning": 9,
    "leaderboard": 10,
    "course": 10,
    "lab": 11,
    "cli": 12,
}
# In a wheel the lessons lie within the package; they are texts with tests of their own.
FILES = sorted(path for path in SOURCE.rglob("*.py") if path != SOURCE / "__init__.py" and "material" not in path.parts)


def entry_of(path):
    first = path.relative_to(SOURCE).parts[0]
    return first.removesuffix(".py")


def imported(path):
    """Return (entry of ours that the file imports, line), for imports anywhere in the file."""
    found = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module == "sparkeras":
            names = [f"sparkeras.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [node.module or ""]
        else:
            continue
        found += [(name.split(".")[1], node.lineno) for name in names if name.startswith("sparkeras.")]
    return found


def test_every_entry_has_a_floor():
    assert {entry_of(path) for path in FILES} == set(FLOORS)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_imports_go_downwards_only(path):
    own = entry_of(path)
    for entry, line in imported(path):
        assert entry == own or FLOORS[entry] < FLOORS[own], (
            f"{path.relative_to(SOURCE)}:{line} on floor {FLOORS[own]} imports {entry} on floor {FLOORS[entry]}"
        )


def test_the_import_is_light():
    code = "import sys, sparkeras; print([n for n in sys.argv[1:] if n in sys.modules])"
    heavy = ["keras", "pyspark", "jax", "torch", "tensorflow", "pandas", "numpy", "matplotlib", "sklearn", "pyarrow"]
    done = subprocess.run([sys.executable, "-c", code, *heavy], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_every_public_name_resolves():
    for name in sparkeras.__all__:
        assert getattr(sparkeras, name) is not None
    assert set(sparkeras.__all__) <= set(dir(sparkeras))
    with pytest.raises(AttributeError, match="has no attribute 'nosuch'; it has: .*fit"):
        sparkeras.nosuch  # noqa: B018


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_files_and_functions_are_short_and_pandas_stays_out(path):
    text = path.read_text()
    tree = ast.parse(text)
    assert text.count("\n") < 300
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            body = node.end_lineno - node.body[0].lineno + 1
            if ast.get_docstring(node):
                body = node.end_lineno - node.body[0].end_lineno
            assert body < 40, f"{path.name}:{node.lineno} {node.name} has {body} lines"
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = [alias.name for alias in node.names] + [getattr(node, "module", None) or ""]
            assert not any(name.split(".")[0] == "pandas" for name in names)
    assert ast.get_docstring(tree), "a head says what the file is for"


def test_every_entry_can_be_imported_first():
    for entry in FLOORS:
        assert importlib.import_module(f"sparkeras.{entry}")
