"""``sparkeras data list | fetch | export | clean``.

Runs on: driver. Imports: ``datasets`` and ``session``, inside the commands.
"""

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(help="Data sets by name: list, fetch, export, clean.", no_args_is_help=True, rich_markup_mode=None)


@app.command("list")
def list_datasets() -> None:
    """List the data sets by name, with size, licence and where each is found now."""
    from rich.console import Console
    from rich.table import Table

    from sparkeras import datasets

    table = Table("name", "rows (train + test)", "download", "licence", "found", "source")
    for name in datasets.names():
        facts = datasets.describe(name)
        size = f"{facts.download_bytes / 1e6:.1f} MB" if facts.download_bytes else "-"
        rows = f"{facts.rows_train:,} + {facts.rows_test:,}"
        table.add_row(name, rows, size, facts.licence, facts.where, facts.source_url)
    Console().print(table)


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
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace what is there.")] = False,
) -> None:
    """Write the training and test rows of a data set as Parquet, CSV, npz or text."""
    from sparkeras import datasets, session

    datasets.export(name, session.get_or_start, folder, format, label=label, seed=seed, overwrite=overwrite)
    print(f"{name} is in {folder} as {format}")


@app.command()
def clean() -> None:
    """Empty the cache of downloaded data sets."""
    from sparkeras import datasets

    print(f"{datasets.clean() / 1e6:.1f} MB freed in {datasets.cache_folder()}")
