"""``sparkeras data list | show | describe | fetch | sample | export | clean``.

Runs on: driver.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(
    help="Data sets by name: list, show, describe, fetch, sample, export, clean.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.command("list")
def list_datasets() -> None:
    """List the data sets by name, with size, licence and where each lies now; more of one: data show NAME."""
    from rich.console import Console
    from rich.table import Table

    from sparkeras import datasets

    table = Table(box=None, pad_edge=False)
    for title in ("name", "rows", "test rows", "download", "found"):
        table.add_column(title, no_wrap=True, justify="right" if title in ("rows", "test rows", "download") else "left")
    table.add_column("licence", overflow="fold")
    sources = Table(box=None, pad_edge=False)
    for title in ("name", "source"):
        sources.add_column(title, no_wrap=title == "name", overflow="fold")
    for name in datasets.names():
        facts = datasets.describe(name)
        size = "small" if facts.download_bytes is None else f"{facts.download_bytes / 1e6:.1f} MB"
        size = size if facts.download_bytes != 0 else "-"
        where = "-" if facts.where.startswith("not here") else facts.where.replace("SPARKERAS_DATA", "data folder")
        rows = (f"{facts.rows_train:,}", f"{facts.rows_test:,}")
        table.add_row(name, *rows, size, where, facts.licence)
        sources.add_row(name, facts.source_url)
    console = Console()
    console.print(table, "", sources, "")
    console.print("- is not on this machine yet: it comes with 'sparkeras data fetch NAME', or when it is first used.")


@app.command()
def show(name: Annotated[str, typer.Argument(help="Name of a data set, see 'data list'.")]) -> None:
    """Tell what the numbers of a data set are: features, labels, classes."""
    from rich.console import Console

    from sparkeras import datasets

    facts, console = datasets.describe(name), Console()
    console.print(f"{name}: {facts.title}. {facts.rows_train:,} + {facts.rows_test:,} rows, {facts.licence}")
    console.print(f"Source: {facts.source_url}. Found: {facts.where}", highlight=False)
    for title, listed in vars(facts.schema).items():
        if listed:
            console.print(f"{title} ({len(listed)}): {', '.join(listed)}", highlight=False)


@app.command()
def describe(
    name: Annotated[str, typer.Argument(help="A CSV, JSON lines or Parquet file, or a table by name: penguins.")],
    picture: Annotated[Path | None, typer.Option(help="Draw each column's distribution into this PNG.")] = None,
) -> None:
    """Tell what is in the columns of a table, before anything is trained: kind, missing, range, what it becomes."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from sparkeras import datasets, features
    from sparkeras.spark import session

    described = features.describe(datasets.rows_of_table(name, session.get_or_start()))
    rows = described.collect()
    table = Table(box=None, pad_edge=False)
    for title in ("column", "kind", "missing", "different", "from", "median", "to", "learned"):
        table.add_column(title, justify="right" if title in ("missing", "different") else "left", overflow="fold")
    for row in rows:
        missing = f"{100 * row.missing:.1f} %" if row.missing else ""
        distinct = "" if row.distinct is None else f"{row.distinct:,}"
        range_ = [each or "" for each in (row.lowest, row.median, row.highest)]
        # Text, not str: rich would take brackets in names for markup and drop them.
        table.add_row(*map(Text, (row.column, row.kind, missing, distinct, *range_, row.learned)))
    Console().print(f"{rows[0].rows:,} rows", table, sep="\n", highlight=False)
    if picture:
        features.draw(picture, described)
        print(f"The picture is in {picture}")


@app.command()
def sample(
    name: Annotated[str, typer.Argument(help="Name of a data set, see 'data list'.")],
    folder: Annotated[Path, typer.Argument(help="Folder to make the set's own folder in.")],
    seed: Annotated[int, typer.Option(help="Seed of the made-up rows.")] = 0,
) -> None:
    """Write a few made-up rows in the files of a data set, to see its format or to test with."""
    from sparkeras import datasets

    place = datasets.write_sample(name, folder, seed)
    print(f"Made-up rows, not the real {name}, are in {place}. They are used with SPARKERAS_DATA={folder}")


@app.command()
def fetch(name: Annotated[str, typer.Argument(help="Name of a data set, see 'data list'.")]) -> None:
    """Download a data set into the cache and verify it."""
    from sparkeras import datasets

    print(f"{name} is in {datasets.fetch(name)}")


@app.command()
def export(
    name: Annotated[str, typer.Argument(help="Name of a data set or path of your own.")],
    folder: Annotated[Path, typer.Argument(help="Folder to write into.")],
    format: Annotated[str, typer.Option(help="parquet, csv, npz or text (for sparkeras scratch)")] = "parquet",
    label: Annotated[str | None, typer.Option(help="Label column of your own table.")] = None,
    seed: Annotated[int, typer.Option(help="Seed of the split into training and test rows.")] = 0,
    image_size: Annotated[int, typer.Option(help="Pixels of a side that images of a folder get.")] = 96,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace what is there.")] = False,
) -> None:
    """Write the training and test rows of a data set as Parquet, CSV, npz or text."""
    from sparkeras import datasets
    from sparkeras.spark import session

    datasets.export(
        name,
        session.get_or_start,
        folder,
        format,
        label=label,
        seed=seed,
        image_size=image_size,
        overwrite=overwrite,
    )
    print(f"{name} is in {folder} as {format}")


@app.command()
def clean() -> None:
    """Empty the cache of downloaded data sets."""
    from sparkeras import datasets

    print(f"{datasets.clean() / 1e6:.1f} MB freed in {datasets.cache_folder()}")
