"""What of Keras trains on Spark, by backend and number of workers: writes docs/support.md from the tests' cases.

Run: python docs/support_table.py

Each line is a class of Keras or something that users write. `exact`: names, order and values of the history and all
weights and optimizer variables are those of plain Keras' `fit` on the same rows, with rows that do not divide by the
workers (a relative 0.001, after three updates). `trains`: the names are Keras' and all figures are finite; the numbers
are not compared, for the reason beside. `refused`: an error says why before or as training starts. `-`: plain Keras
does not train it on that backend.
"""

import os
import sys
from pathlib import Path

os.environ.setdefault("KERAS_BACKEND", "jax")
ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

import keras  # noqa: E402

from tests.conformance.catalogue import ALL, reasons  # noqa: E402

PAGE = ROOT / "docs" / "support.md"
_COLUMNS = [("jax", 1), ("jax", 2), ("torch", 1), ("torch", 2), ("tensorflow", 1)]
_HEAD = "| | JAX, 1 worker | JAX, several | torch, 1 worker | torch, several | TensorFlow, 1 worker | why |"
_TITLES = {
    "losses": "Losses",
    "metrics": "Metrics",
    "optimizers": "Optimizers and schedules",
    "parts": "Regularizers, constraints, initializers",
    "layers": "Layers of rows and series",
    "images": "Layers of images and sounds",
    "callbacks": "Callbacks",
    "models": "Models",
}


def page():
    """Return the text of docs/support.md."""
    _, command, words = __doc__.split("\n\n", 2)
    lines = [f"# What trains, and what is refused\n\nOf Keras {keras.__version__}.\n\n{words}"]
    lines += ["```bash", command.removeprefix("Run: "), "make conformance  # trains every line", "```"]
    for part, title in _TITLES.items():
        lines += ["", f"## {title}", "", _HEAD, "|---" * 7 + "|", *lines_of(part)]
    lines += ["", "## Without a line of their own", ""]
    lines += [f"- `{name}`: {why}" for name, why in sorted(reasons().items()) if "stand" not in why]
    return "\n".join(lines) + "\n"


def lines_of(part):
    """Yield the lines of one catalogue: one for a class whose cases come out alike, else one for each case."""
    cases = {name.removeprefix(f"{part}: "): case for name, case in ALL.items() if name.startswith(f"{part}: ")}
    by_class = {}
    for name, case in cases.items():
        by_class.setdefault(case.holds or (name,), []).append(name)
    for holds, names in by_class.items():
        found = {name: (*(_cell(cases[name], *column) for column in _COLUMNS), cases[name].why) for name in names}
        label = ", ".join(f"`{each.split('.')[1]}`" for each in holds) if cases[names[0]].holds else names[0]
        if len(set(found.values())) == 1:
            yield _line(label, found[names[0]])
        else:
            yield from (_line(name, cells) for name, cells in found.items())


def _cell(case, backend, ranks):
    if backend not in case.backends:
        return "-"
    if case.expected(backend, ranks):
        return "refused"
    return "exact" if case.compared(ranks) == "values" else "trains"


def _line(label, cells):
    return f"| {label} | " + " | ".join(cells) + " |"


if __name__ == "__main__":
    PAGE.write_text(page())
