"""Build the site: ``python docs/site/build.py [--full] [--lessons 1,2] [--slides]``; open build/site/html/index.html.

The pages are gathered in a folder "source" beside "html", from where their words live: README.md, docs/,
benchmarks/results/, and the course. Lessons are run, so that the site shows what they print and draw: with few rows
and epochs, or with --full as learners run them. Warnings are errors.
"""

import argparse
import shutil
import subprocess
import sys
from pathlib import Path

import course_pages
import gathered_pages

ROOT = Path(__file__).parents[2]


def main():
    """Gather the pages, run the lessons, and build HTML and, if asked, slides."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--full", action="store_true", help="run lessons with all rows and epochs")
    parser.add_argument("--lessons", default="", help="numbers of the lessons to run, all by default: 1,2")
    parser.add_argument("--slides", action="store_true", help="build the slides as well")
    parser.add_argument(
        "--out", type=Path, default=ROOT / "build" / "site", help='folder to build in; "source" in it is made anew'
    )
    wanted = parser.parse_args()
    out = wanted.out.resolve()
    source = out / "source"
    shutil.rmtree(source, ignore_errors=True)
    source.mkdir(parents=True)
    for name in ("conf.py", "mathml.py", "index.md", "reference.md"):
        shutil.copy(Path(__file__).parent / name, source / name)
    shutil.copytree(Path(__file__).parent / "static", source / "static")
    gathered_pages.write(ROOT, source)
    numbers = {int(number) for number in wanted.lessons.split(",") if number}
    course_pages.write(source / "course", out / "executed", numbers, wanted.full)
    built = [("html", source, [])]
    if wanted.slides:
        course_pages.write_slides(out / "slides_source")
        built.append(("revealjs", out / "slides_source", ["-c", str(Path(__file__).parent / "slides")]))
    for builder, folder, more in built:
        command = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", "-b", builder, *more]
        ended = subprocess.run([*command, str(folder), str(out / builder)], check=False)
        if ended.returncode:
            sys.exit(ended.returncode)
        print(f"{out / builder}/index.html")


if __name__ == "__main__":
    main()
