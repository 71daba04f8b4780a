"""The readable network stays readable: short, and on its own."""

import ast
import sys
from pathlib import Path

from sparkeras import scratch

FILES = sorted(Path(scratch.__file__).parent.glob("*.py"))


def test_it_reads_in_half_an_hour():
    lines = {path.name: len(path.read_text().splitlines()) for path in FILES}
    assert sum(count for name, count in lines.items() if name != "on_spark.py") <= 750, lines


def test_it_imports_numpy_alone_and_spark_where_it_says_so():
    for path in FILES:
        allowed = {"numpy", "sparkeras", *sys.stdlib_module_names}
        allowed |= {"pyspark", "pyarrow"} if path.name == "on_spark.py" else set()
        for node in ast.walk(ast.parse(path.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module] if isinstance(node, ast.ImportFrom) else []
            for name in names:
                assert name.split(".")[0] in allowed, f"{path.name} imports {name}"
                assert not name.startswith("sparkeras") or name.startswith("sparkeras.scratch."), f"{path.name}: {name}"


def test_it_tells_in_which_order_to_read_it():
    said = scratch.__doc__
    for path in FILES:
        assert path.stem == "__init__" or f"``{path.stem}``" in said, path.name
