"""What README.md shows is what happens."""

import importlib
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

README = (Path(__file__).parents[1] / "README.md").read_text()


@pytest.fixture(autouse=True)
def compiled_as_users_do(monkeypatch):
    monkeypatch.delenv("JAX_DISABLE_MOST_OPTIMIZATIONS", raising=False)


@pytest.mark.thorough
@pytest.mark.classic
def test_the_five_lines_run_as_they_stand_and_print_what_is_shown(tmp_path):
    code, shown = re.search(
        r"<!-- example: five_lines -->\n```python\n(.*?)```.*?```text\n(.*?)```", README, re.DOTALL
    ).groups()
    backend = os.environ.get("KERAS_BACKEND", "jax")
    done = subprocess.run(
        [sys.executable, "-c", code.replace('"jax"', f'"{backend}"')], capture_output=True, text=True, cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr
    # Figures differ a little between machines and versions; every word and the table's shape do not.
    assert (
        re.sub(r"-?\d+\.\d+(e-?\d+)?", "#", done.stdout).split() == re.sub(r"-?\d+\.\d+(e-?\d+)?", "#", shown).split()
    )
    accuracy = float(re.search(r"'accuracy': ([\d.]+)", done.stdout).group(1))
    assert accuracy > 0.93


@pytest.mark.slow
def test_the_search_runs_after_the_five_lines(tmp_path):
    lines, search = (
        re.search(rf"<!-- example: {name} -->\n```python\n(.*?)```", README, re.DOTALL).group(1)
        for name in ("five_lines", "tune")
    )
    code = lines + search.replace("trials=20", "trials=3")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert sorted(path.name for path in (tmp_path / "found").iterdir()) == ["best.keras", "trials.csv", "trials.png"]
    assert (tmp_path / "study.db").is_file()


def test_there_are_exactly_two_set_up_commands():
    commands = re.findall(r"^pip install '\.\[local(?:,test)?\].*$", README, re.MULTILINE)
    assert commands == ["pip install '.[local]' && sparkeras train", "pip install '.[local,test]' && pytest"]


def test_every_link_to_a_file_leads_somewhere():
    for target in re.findall(r"\]\((?!http)([^)#]+)\)", README):
        assert (Path(__file__).parents[1] / target).exists(), target


def test_every_section_is_a_page_of_the_site_that_its_index_lists(tmp_path, monkeypatch):
    root = Path(__file__).parents[1]
    monkeypatch.syspath_prepend(root / "docs" / "site")
    importlib.import_module("gathered_pages").write(root, tmp_path)
    pages = {f"guide/{path.stem}" for path in (tmp_path / "guide").iterdir()}
    assert pages == set(re.findall(r"^guide/.*$", (root / "docs" / "site" / "index.md").read_text(), re.MULTILINE))
