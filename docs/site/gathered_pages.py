"""Pages whose words live elsewhere in the repository, with their links turned to where they lie on the site."""

import os
import re
import shutil
from pathlib import Path

from sparkeras.course.notebooks import REPOSITORY

BLOB = f"{REPOSITORY.removeprefix('git+')}/blob/main"
_LINK = re.compile(r"(\[[^\]]*\])\(([^)\s]+)\)")


def write(root, source):
    """Write README.md, docs/*.md, the guide, decisions and measured results below ``source``."""
    places = _places(root)
    for path, page in places.items():
        if path.suffix == ".md" and page.name != "index.md":
            _page(root, source, page, (root / path).read_text(encoding="utf-8"), path, places)
    (source / "images").mkdir(exist_ok=True)
    for picture in (root / "docs" / "images").iterdir():
        shutil.copy(picture, source / "images" / picture.name)
    for folder, title in (("decisions", "Why things are as they are"), ("measured", "Measured")):
        names = sorted(path.stem for path in (source / folder).glob("*.md"))
        listed = "\n".join(names)
        text = f"# {title}\n\n```{{toctree}}\n:maxdepth: 1\n\n{listed}\n```\n"
        (source / folder / "index.md").write_text(text, encoding="utf-8")


def _places(root):
    """Return {path in the repository: page of the site}."""
    places = {Path("README.md"): Path("guide/start.md"), Path("ARCHITECTURE.md"): Path("architecture.md")}
    places |= {Path(name): Path(name.lower()) for name in ("CONTRIBUTING.md", "CHANGELOG.md")}
    for folder, pattern, to in (
        ("docs", "*.md", "."),
        ("docs/guide", "*.md", "guide"),
        ("docs/decisions", "[0-9]*.md", "decisions"),
        ("benchmarks/results", "*.md", "measured"),
    ):
        places |= {path.relative_to(root): Path(to, path.name) for path in (root / folder).glob(pattern)}
    places |= {
        Path("docs/decisions"): Path("decisions/index.md"),
        Path("docs/decisions/README.md"): Path("decisions/index.md"),
        Path("benchmarks/results"): Path("measured/index.md"),
    }
    return places | {path.relative_to(root): Path("images", path.name) for path in (root / "docs/images").iterdir()}


def _page(root, source, page, text, origin, places):
    def turned(found):
        words, target = found.groups()
        name, _, _ = target.partition("#")
        if "://" in target or target.startswith("mailto:"):
            return found[0]
        there = Path(os.path.normpath(origin.parent / name)) if name else origin
        if not name:
            return found[0]
        if there in places:
            return f"{words}({os.path.relpath(places[there], page.parent)})"
        if not (root / there).exists():
            raise SystemExit(f"{origin}: the link to {target} leads nowhere.")
        return f"{words}({BLOB}/{there})"

    path = source / page
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(_LINK.sub(turned, text), encoding="utf-8")
