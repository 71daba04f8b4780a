"""What README.md shows is what happens."""

import importlib
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import sparkeras

ROOT = Path(__file__).parents[1]
README, TUNING = ((ROOT / name).read_text() for name in ("README.md", "docs/guide/tuning.md"))
LINKING = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "ARCHITECTURE.md",
    *sorted((ROOT / "docs").rglob("*.md")),
]


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
        re.search(rf"<!-- example: {name} -->\n```python\n(.*?)```", page, re.DOTALL).group(1)
        for name, page in (("five_lines", README), ("tune", TUNING))
    )
    code = lines + search.replace("trials=20", "trials=3")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert sorted(path.name for path in (tmp_path / "found").iterdir()) == ["best.keras", "trials.csv", "trials.png"]
    assert (tmp_path / "study.db").is_file()


def test_there_are_exactly_two_set_up_commands():
    commands = re.findall(r"^pip install '\.\[local(?:,test)?\].*$", README, re.MULTILINE)
    assert commands == ["pip install '.[local]' && sparkeras train", "pip install '.[local,test]' && pytest"]


@pytest.mark.parametrize("page", LINKING, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_to_a_file_leads_somewhere(page):
    for target in re.findall(r"\]\((?!http)([^)#\s]+)[^)]*\)", page.read_text()):
        assert (page.parent / target).exists(), target


def test_the_readme_is_one_screen_after_the_other_not_the_guide():
    assert len(README.encode()) <= 8192


def test_every_page_of_the_guide_is_listed_by_the_site_and_linked_by_the_readme(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "docs" / "site")
    importlib.import_module("gathered_pages").write(ROOT, tmp_path)
    pages = {f"guide/{path.stem}" for path in (tmp_path / "guide").iterdir()}
    assert pages == set(re.findall(r"^guide/.*$", (ROOT / "docs" / "site" / "index.md").read_text(), re.MULTILINE))
    linked = set(re.findall(r"docs/(guide/[\w-]+)\.md", README))
    assert pages - linked == {"guide/start", "guide/development"}


def test_every_decision_is_listed():
    folder = ROOT / "docs" / "decisions"
    listed = re.findall(r"\]\(([^)]+)\)", (folder / "README.md").read_text())
    assert listed == sorted(path.name for path in folder.glob("[0-9]*.md"))


NAMES = re.compile(r"(?<![\w./-])sparkeras((?:\.[A-Za-z_]\w*)+)")


@pytest.mark.parametrize("page", [*LINKING, *sorted((ROOT / "course").rglob("*.py"))], ids=lambda page: page.name)
def test_every_name_of_ours_that_is_written_is_there(page):
    """``import sparkeras`` is enough for each ``sparkeras.x``; below a module of ours, importing it may be needed."""
    if "decisions" in page.parts:
        return  # they tell of their day
    for found in NAMES.findall(page.read_text()):
        first, *rest = found.strip(".").split(".")
        by_path = page.name == "reference.md"  # where Sphinx looks each up
        thing = importlib.import_module(f"sparkeras.{first}") if by_path else getattr(sparkeras, first)
        for name in rest:
            thing = getattr(thing, name, None) or importlib.import_module(f"{thing.__name__}.{name}")
