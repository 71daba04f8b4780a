"""``sparkeras doctor``. Runs on: driver."""

from typing import Annotated

import typer


def doctor(
    start_spark: Annotated[bool, typer.Option(help="Also start Spark and run a Python worker.")] = False,
) -> None:
    """Check Python, Java, Spark, Keras, backends, memory, cores and data folders; name the fix for what is wrong."""
    from rich.console import Console

    from sparkeras.cli.machine_checks import run_doctor

    if not run_doctor(Console(), start_spark=start_spark):
        raise typer.Exit(1)
