"""``sparkeras doctor``.

Runs on: driver.
"""

from __future__ import annotations

from typing import Annotated

import typer


def doctor(
    start_spark: Annotated[bool, typer.Option(help="Also start Spark and run a Python worker.")] = False,
) -> None:
    """Check Python, Java, Spark, Keras, backends, memory, cores and data folders; name the fix for what is wrong."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from sparkeras.engine.preflight.machine_checks import check_machine

    checks = check_machine(start_spark)
    table = Table(box=None, padding=(0, 2, 0, 0), show_header=False)
    for check in checks:
        mark = "[red]fix[/]" if check.is_fault else "[yellow]note[/]" if check.fix else "[green]OK[/]"
        # Text, not str: rich would take brackets for markup and drop them.
        table.add_row(mark, check.subject, Text(check.state), Text(check.fix))
    Console().print(table)
    if any(check.is_fault for check in checks):
        raise typer.Exit(1)
