"""The command ``sparkeras``: its commands, and how errors end.

Runs on: driver. Imports: ``errors`` and ``tasks``; each command imports what it needs, so that ``--help`` is quick.
"""

import sys
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

import sparkeras
from sparkeras.cli import data, doctor_command, score, train
from sparkeras.errors import SparkerasError

INTERRUPTED, UNEXPECTED = 130, 70

app = typer.Typer(
    name="sparkeras",
    help="Keras 3 on Apache Spark: train, evaluate and use neural networks where the data lives.",
    epilog="Add --debug to any command to see the whole trace of an error.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command("train")(train.train)
app.command("evaluate")(score.evaluate)
app.command("predict")(score.predict)
app.command("show")(score.show)
app.command("doctor")(doctor_command.doctor)
app.add_typer(data.app, name="data")


def _print_version(wanted: bool) -> None:
    if wanted:
        print(f"sparkeras {sparkeras.__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    pass


def main() -> None:
    """Run the command line; every error of ours ends in one red line and its own exit code below 100."""
    debug = "--debug" in sys.argv
    arguments = [argument for argument in sys.argv[1:] if argument != "--debug"]
    try:
        app(arguments, prog_name="sparkeras")
    except KeyboardInterrupt:
        _red("Stopped.")
        sys.exit(INTERRUPTED)
    except Exception as error:
        if debug:
            raise
        sys.exit(_report(error))


def _report(error):
    """Print one red line for ``error`` and return its exit code."""
    if not isinstance(error, SparkerasError):
        from sparkeras import tasks

        error = tasks.explain(error) or error
    first = (str(error).strip() or type(error).__name__).splitlines()[0]
    if isinstance(error, SparkerasError):
        more = " (--debug shows the training process's last lines)" if "\n" in str(error).strip() else ""
        _red(f"{first}{more}")
        return error.exit_code
    _red(f"Unexpected {type(error).__name__}: {first[:300]} (--debug shows all; please report it)")
    return UNEXPECTED


def _red(line):
    # Text, not markup: a message may hold brackets. soft_wrap keeps it one line for whoever reads it by program.
    Console(stderr=True).print(Text(f"Error: {line}", style="red"), soft_wrap=True)


if __name__ == "__main__":
    main()
