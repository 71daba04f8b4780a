"""Every lesson as its tests run it, in seconds and with all rows and epochs: how long, and the figures it states.

Run: python benchmarks/bench_lessons.py; needs the extras course and test, and SPARKERAS_DATA.
"""

import re
import sys
import tempfile
import time
from pathlib import Path

from table import show

sys.path.insert(0, str(Path(__file__).parents[1]))
from tests.course import test_lessons

SAID = re.compile(r"^(.+): (\S+) \(the lesson says (\S+)\)$", re.MULTILINE)


class Folders:
    """Makes folders as pytest's ``tmp_path_factory`` does."""

    def mktemp(self, name):
        return Path(tempfile.mkdtemp(prefix=name))


def main():
    fast = {name: seconds for name, seconds, _ in lessons(test_lessons.FAST)}
    rows = [(name, f"{fast[name]:.1f}", f"{full:.1f}", figures) for name, full, figures in lessons({})]
    middle = sum(fast.values()) / len(fast)
    notes = [
        "All known wrong answers are tried, too, and each must get its own hint. "
        f"The fast ones take {middle:.1f} s on average (12 to reach), {max(fast.values()):.1f} s at the longest (60).",
        "A figure stands as this run has it; in brackets what the lesson says, where that reads differently. "
        "One beyond the lesson's tolerance would have ended the run.",
    ]
    show(
        "bench_lessons: the lessons of the course", ("lesson", "fast, s", "in full, s", "figures in full"), rows, notes
    )


def lessons(more):
    """Yield name, seconds and figures of each lesson, all in one kernel."""
    with test_lessons.started(Folders(), more) as kernel:
        for each in test_lessons.LESSONS:
            made, began = test_lessons.tried(each), time.monotonic()
            test_lessons.execute(made, kernel)
            yield each.name, time.monotonic() - began, figures(made)
            print(f"{each.name}: {time.monotonic() - began:.1f} s", file=sys.stderr, flush=True)


def figures(made):
    printed = "\n".join(output.get("text", "") for cell in made.cells for output in cell.get("outputs", ()))
    told = {name: value if value == stated else f"{value} ({stated})" for name, value, stated in SAID.findall(printed)}
    return ", ".join(f"{name} {value}" for name, value in told.items())


if __name__ == "__main__":
    main()
