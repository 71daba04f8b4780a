"""Pages whose words live elsewhere in the repository, with their links turned to where they lie on the site."""

import os
import re
import shutil
from pathlib import Path

from sparkeras.course.notebooks import REPOSITORY

BLOB = f"{REPOSITORY.removeprefix('git+')}/blob/main"
_LINK = re.compile(r"(\[[^\]]*\])\(([^)\s]+)\)")
_PAGES = {  # section of README.md: page of the guide
    "Your own DataFrame in five lines": "dataframe",
    "On a cluster, with several workers": "cluster",
    "The command line": "commands",
    "Data by name, and folders of images": "data",
    "Learn: the course": "course",
    "The lab": "lab",
    "A trained model over HTTP": "serving",
    "Docker": "docker",
    "A network from scratch, to be read": "scratch",
    "A model from 2019": "old-models",
    "Backends": "backends",
    "Development": "development",
}


def write(root, source):
    """Write the guide (README's sections), docs/*.md, decisions, and measured results below ``source``."""
    places = _places(root)
    readme = (root / "README.md").read_text(encoding="utf-8")
    before, *sections = re.split(r"^## ", readme, flags=re.MULTILINE)
    _page(root, source, Path("guide/start.md"), before, Path("README.md"), places)
    for section in sections:
        title, _, text = section.partition("\n")
        if title.strip() not in _PAGES:
            raise SystemExit(f"README.md's section {title.strip()!r} has no page of the guide: name one in {__file__}.")
        page = Path(f"guide/{_PAGES[title.strip()]}.md")
        # A section becomes a page, so its headings rise by one.
        text = re.sub(r"^##(#+) ", r"#\1 ", text, flags=re.MULTILINE)
        _page(root, source, page, f"# {title}\n{text}", Path("README.md"), places)
    for path, page in places.items():
        if path.suffix == ".md" and page.parts[0] != "guide":
            _page(root, source, page, (root / path).read_text(encoding="utf-8"), path, places)
    (source / "images").mkdir(exist_ok=True)
    for picture in (root / "docs" / "images").iterdir():
        shutil.copy(picture, source / "images" / picture.name)
    for folder, title in (("decisions", "Why things are as they are"), ("measured", "Measured")):
        names = sorted(path.stem for path in (source / folder).glob("*.md"))
        listed = "\n".join(names)
        text = f"# {title}\n\n```{{toctree}}\n:maxdepth: 1\n\n{listed}\n```\n"
        (source / folder / "index.md").write_text(text, encoding="utf-8")


def _anchor(title):
    """Return the part of an address that GitHub gives to a heading."""
    return re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-")


_SECTIONS = {_anchor(title): Path(f"guide/{page}.md") for title, page in _PAGES.items()}


def _places(root):
    """Return {path in the repository: page of the site}."""
    places = {Path("README.md"): Path("guide/start.md"), Path("ARCHITECTURE.md"): Path("architecture.md")}
    places |= {path.relative_to(root): Path(path.name) for path in (root / "docs").glob("*.md")}
    places |= {path.relative_to(root): Path("decisions", path.name) for path in (root / "docs/decisions").glob("*.md")}
    results = (root / "benchmarks" / "results").glob("*.md")
    places |= {path.relative_to(root): Path("measured", path.name) for path in results}
    places |= {
        Path("docs/decisions"): Path("decisions/index.md"),
        Path("benchmarks/results"): Path("measured/index.md"),
    }
    return places | {path.relative_to(root): Path("images", path.name) for path in (root / "docs/images").iterdir()}


def _page(root, source, page, text, origin, places):
    def turned(found):
        words, target = found.groups()
        name, _, section = target.partition("#")
        if "://" in target or target.startswith("mailto:"):
            return found[0]
        there = Path(os.path.normpath(origin.parent / name)) if name else origin
        if there == Path("README.md") and section:
            if section not in _SECTIONS:
                raise SystemExit(f"{origin}: README.md has no section {section!r}.")
            return f"{words}({os.path.relpath(_SECTIONS[section], page.parent)})"
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
