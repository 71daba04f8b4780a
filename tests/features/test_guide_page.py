"""The page "From StringIndexer & Co." runs as it stands."""

import re
from pathlib import Path

import numpy as np
import pytest

PAGE = (Path(__file__).parents[2] / "docs/guide/from_string_indexer.md").read_text()


@pytest.mark.thorough
@pytest.mark.classic
def test_the_page_runs_as_it_stands(spark, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    random = np.random.default_rng(0)
    cities = [
        None if n % 15 == 7 else str(name) for n, name in enumerate(random.choice(["Oslo", "Bergen", "Rome"], 120))
    ]
    rows = [
        (city, None if n % 11 == 5 else float(n % 60), f"2024-03-{1 + n % 28:02d}", "yes" if city == "Rome" else "no")
        for n, city in enumerate(cities)
    ]
    frame = spark.createDataFrame(rows, "city string, age double, since string, late string").coalesce(1)
    names = {"train": frame, "test": frame}
    found = dict(re.findall(r"<!-- example: (\w+) -->\n```python\n(.*?)```", PAGE, re.DOTALL))
    assert list(found) == ["before", "after", "kinds"]
    for code in found.values():
        exec(code.replace('"late-orders"', repr(str(tmp_path / "late-orders"))), names)
    assert names["prepared"].columns[-1] == "label"
    assert names["again"].transform(frame).where("late = prediction").count() > 110
    assert "impute" in PAGE
    assert capsys.readouterr().out.splitlines()[-1].startswith("since")
