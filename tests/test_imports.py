"""The shape of the package: floors, a light import, public names that resolve, short files and functions."""

import ast
import importlib
import re
import subprocess
import sys
from pathlib import Path

import pytest

import sparkeras

SOURCE = Path(sparkeras.__file__).parent
PLACES = {"driver", "Spark task", "training process"}
ARCHITECTURE = (Path(__file__).parents[1] / "ARCHITECTURE.md").read_text()
# In a wheel the lessons lie within the package; they are texts with tests of their own.
FILES = sorted(path for path in SOURCE.rglob("*.py") if path != SOURCE / "__init__.py" and "material" not in path.parts)


MODULES = {".".join(path.relative_to(SOURCE).with_suffix("").parts).removesuffix(".__init__"): path for path in FILES}


def imported(path):
    """Return (module or name of ours that the file imports, without "sparkeras."; line), in functions too."""
    found = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        found += [(name.removeprefix("sparkeras."), node.lineno) for name in names if name.startswith("sparkeras.")]
    return found


def floors(title):
    """Return {entry: floor} of the table of ARCHITECTURE.md whose head ends with ``title``."""
    table = ARCHITECTURE.split(f"| floor | {title} |\n|---|---|\n")[1].split("\n\n")[0]
    rows = [line.strip("| ").split(" | ", 1) for line in table.splitlines()]
    return {
        part.split("`")[1].strip("/").removesuffix(".py"): int(row[0]) for row in rows for part in row[1].split(" · ")
    }


def depths(room):
    """Return {entry: depth} of what lies in a room, one more than the deepest that the entry imports."""
    below = {}
    for name, path in MODULES.items():
        if name.startswith(room) and (own := name.removeprefix(room).split(".")[0]):
            others = {each.removeprefix(room).split(".")[0] for each, _ in imported(path) if each.startswith(room)}
            below.setdefault(own, set()).update(others - {own})
    below = {entry: others & below.keys() for entry, others in below.items()}
    found = {}
    while below:
        free = {entry: others for entry, others in below.items() if others <= found.keys()}
        assert free, f"these import each other: {below}"
        found |= {entry: 1 + max((found[each] for each in others), default=0) for entry, others in free.items()}
        below = {entry: others for entry, others in below.items() if entry not in found}
    return found


@pytest.mark.parametrize(
    ("room", "title"), [("", "entries of `sparkeras/`"), ("engine.", "rooms of `engine/`")], ids=["sparkeras", "engine"]
)
def test_floors_are_the_depths_of_imports_and_stand_in_the_architecture(room, title):
    assert floors(title) == depths(room)


def test_the_driver_never_imports_the_training_process():
    for name, path in MODULES.items():
        if not name.startswith("engine.process"):
            assert not [each for each, _ in imported(path) if each.startswith("engine.process")], name


def test_the_top_level_is_short():
    assert len({name.split(".")[0] for name in MODULES}) <= 20


def test_the_import_is_light():
    code = "import sys, sparkeras; print([n for n in sys.argv[1:] if n in sys.modules])"
    heavy = ["keras", "pyspark", "jax", "torch", "tensorflow", "pandas", "numpy", "matplotlib", "sklearn", "pyarrow"]
    done = subprocess.run([sys.executable, "-c", code, *heavy], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_every_public_name_resolves():
    for name in sparkeras.__all__:  # modules too
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
    head = ast.get_docstring(tree)
    assert head, "a head says what the file is for"
    where = re.search(r"Runs on: ([^.]+)\.", head)
    assert not where or set(where[1].split(", ")) <= PLACES, f"{path}: {where[1]}"


def test_every_entry_can_be_imported_first():
    for room in ("", "engine."):
        for entry in depths(room):
            assert importlib.import_module(f"sparkeras.{room}{entry}")
