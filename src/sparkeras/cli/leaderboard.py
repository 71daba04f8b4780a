"""``sparkeras leaderboard``: runs ranked, where their test rows are the same.

Runs on: driver.
"""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sparkeras.errors import InvalidParamError, RunFolderError

if TYPE_CHECKING:
    from rich.console import Console

    from sparkeras.runs.leaderboard import Block
    from sparkeras.runs.run_folder import Run

_WIDE = 100  # characters of a terminal that has room for dates
COLUMNS = ("rank", "run", "model", "accuracy", "error", "loss", "parameters", "seconds", "date")


def leaderboard(
    folders: Annotated[list[Path] | None, typer.Argument(help="folders of runs [runs]", show_default=False)] = None,
    data: Annotated[str | None, typer.Option(help="one data set only, e.g. digits")] = None,
    by: Annotated[
        str | None,
        typer.Option(help="accuracy, error (of regressions), loss, parameters or seconds", show_default=False),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="print JSON, for programs")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="print CSV, for programs")] = False,
    verbose: Annotated[bool, typer.Option("--verbose", help="name the runs that were skipped, and why")] = False,
) -> None:
    """Rank finished runs: by accuracy, of regressions by mean absolute error. Other test rows are another block."""
    if as_json and as_csv:
        raise InvalidParamError("--json and --csv are two forms of the same; give one of them.")
    from rich.console import Console

    from sparkeras.runs.leaderboard import find, rank

    runs, skipped = find(folders or [Path("runs")])
    blocks, senseless = rank(runs, by, data)
    skipped = skipped + senseless
    notes = Console(stderr=True)
    for reason in skipped if verbose else ():
        notes.print(reason, highlight=False, markup=False, soft_wrap=True)
    if skipped and not verbose:
        count = "1 run was" if len(skipped) == 1 else f"{len(skipped)} runs were"
        notes.print(f"{count} skipped; --verbose says which and why.", highlight=False)
    if not blocks:
        raise RunFolderError(_why_none(folders or [Path("runs")], runs, data))
    if as_json:
        print(json.dumps([_plain(block) for block in blocks], indent=2, allow_nan=False))
    elif as_csv:
        _print_csv(blocks)
    else:
        for block in blocks:
            _print(block, Console())


def _why_none(folders: Sequence[Path], runs: Sequence[Run], data: str | None) -> str:
    where = ", ".join(f"'{folder}'" for folder in folders)
    if data and runs:
        names = sorted({str(run.summary["data"].get("name")) for run in runs if isinstance(run.summary["data"], dict)})
        return f"No run in {where} is on {data!r}; there are runs on {', '.join(names)}."
    return f"There is no finished run in {where}. `sparkeras train` makes one."


def _plain(block: Block) -> dict[str, Any]:
    """Return a block as JSON holds it."""
    plain = asdict(block) | {"figure": block.figure}
    return plain | {"places": [asdict(place) | {"run": str(place.run)} for place in block.places]}


def _print_csv(blocks: Sequence[Block]) -> None:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(["data", "task", "test_rows", "seed", *COLUMNS])
    for block in blocks:
        for place in block.places:
            cells = [getattr(place, name) for name in COLUMNS]
            writer.writerow([block.data, block.task, block.test_rows, block.seed, *cells])


def _print(block: Block, console: Console) -> None:
    """Print one block as a table: data and test rows above it, baseline and uncertainty of the figures below."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    from sparkeras.runs.report.figures import figure_text

    share = block.figure == "accuracy"
    table = Table(box=box.SIMPLE_HEAD, title=_title(block), title_justify="left", title_style="bold",
                  caption=_caption(block), caption_justify="left")  # fmt: skip
    table.add_column("rank", justify="right")
    table.add_column("run", overflow="fold", min_width=16, ratio=1)
    table.add_column("model", no_wrap=True)
    for name in ("accuracy" if share else "abs. error", "loss", "parameters", "seconds"):
        table.add_column(name, justify="right", no_wrap=True)
    dated = console.width >= _WIDE
    if dated:
        table.add_column("date", no_wrap=True)
    for place in block.places:
        best = "bold green" if place.rank == 1 else ""
        cells = [
            "–" if place.rank is None else str(place.rank),
            str(place.run),
            place.model,
            figure_text(getattr(place, block.figure), share),
            figure_text(place.loss),
            "–" if place.parameters is None else f"{place.parameters:,}",
            "–" if place.seconds is None else f"{place.seconds:.1f}",
            *([place.date[:10]] if dated else []),
        ]
        table.add_row(*map(Text, cells), style=best)
    console.print(table, highlight=False)


def _title(block: Block) -> str:
    rows = "unknown test rows" if block.test_rows is None else f"{block.test_rows:,} test rows"
    seed = "" if block.seed is None else f", seed {block.seed}"
    classes = f" ({', '.join(block.classes)})" if 0 < len(block.classes) < 4 else ""
    return f"{block.data}: {block.task}{classes} on the same {rows}{seed}"


def _caption(block: Block) -> str:
    from sparkeras.runs.report.figures import figure_text

    baseline = "the commonest class" if block.figure == "accuracy" else "the mean"
    text = f"Always saying {baseline}: {figure_text(block.baseline, block.figure == 'accuracy')}."
    if block.chance is not None:
        text += f" {block.test_rows:,} rows tell the best accuracy to ± {100 * block.chance:.1f} % (19 times of 20)."
    if not block.is_sure:
        text += " Older runs do not say which rows they had: seed and number of rows are the same."
    return text
