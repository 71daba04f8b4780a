"""The command line: all commands, and the exit code of each error.

Runs on: driver.
"""

from __future__ import annotations

import logging
import signal
import sys
from types import FrameType
from typing import Annotated, NoReturn, Protocol, runtime_checkable

import typer
from rich.console import Console
from rich.text import Text

import sparkeras
from sparkeras.cli import (
    convert,
    course,
    data,
    doctor,
    generate,
    lab,
    leaderboard,
    museum,
    picture,
    plot,
    score,
    scratch,
    serve,
    train,
)
from sparkeras.errors import SparkerasError
from sparkeras.files.read_only_home import prepare_matplotlib

INTERRUPTED, TERMINATED, UNEXPECTED = 130, 143, 70

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
app.command("scratch")(scratch.scratch)
app.command("plot")(plot.plot)
app.command("leaderboard")(leaderboard.leaderboard)
app.command("picture")(picture.picture)
app.command("museum")(museum.museum)
app.command("convert")(convert.convert)
app.command("evaluate")(score.evaluate)
app.command("predict")(score.predict)
app.command("show")(score.show)
app.command("generate")(generate.generate)
app.command("lab")(lab.lab)
app.command("serve")(serve.serve)
app.command("doctor")(doctor.doctor)
app.add_typer(data.app, name="data")
app.add_typer(course.app, name="course")


@runtime_checkable
class UsageError(Protocol):
    """The error of a mistyped command; its class is click's or typer's own, as the version of typer has it."""

    exit_code: int

    def format_message(self) -> str:
        """Return the message."""


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
    """Run the command line; every error ends in one red line and its own exit code below 100, an interrupt in 130."""
    debug = "--debug" in sys.argv
    arguments = [argument for argument in sys.argv[1:] if argument != "--debug"]
    # A scheduler's polite kill leaves no half-written run either.
    before = signal.signal(signal.SIGTERM, _terminate)
    logging.getLogger().addFilter(_quiet_when_interrupted)
    prepare_matplotlib()
    try:
        code = app(arguments, prog_name="sparkeras", standalone_mode=False) or 0
        if code == INTERRUPTED:  # typer turns Ctrl-C into this
            raise KeyboardInterrupt
        sys.exit(code)
    except (KeyboardInterrupt, typer.Abort):
        _red("Stopped.")
        sys.exit(INTERRUPTED)
    except Exception as error:
        if _interrupted(error):  # what broke when Ctrl-C came between
            _red("Stopped.")
            sys.exit(INTERRUPTED)
        if debug:
            raise
        sys.exit(_report(error))
    finally:
        logging.getLogger().removeFilter(_quiet_when_interrupted)
        signal.signal(signal.SIGTERM, before)


def _interrupted(error: BaseException | None) -> bool:
    """Tell whether an error came up while Ctrl-C was being handled."""
    while error is not None:
        if isinstance(error, KeyboardInterrupt):
            return True
        error = error.__context__
    return False


def _quiet_when_interrupted(record: logging.LogRecord) -> bool:
    """Leave out py4j's own report of an interrupt, a page of its stack."""
    return "KeyboardInterrupt" not in record.getMessage()


def _terminate(number: int, frame: FrameType | None) -> NoReturn:
    _red("Terminated.")
    sys.exit(TERMINATED)


def _report(error: Exception) -> int:
    """Print one red line for ``error`` and return its exit code."""
    if isinstance(error, UsageError):
        return _report_usage(error)
    if not isinstance(error, SparkerasError):
        from sparkeras.spark import tasks

        error = tasks.explain(error) or error
    first = (str(error).strip() or type(error).__name__).splitlines()[0]
    if isinstance(error, SparkerasError):
        more = " (--debug shows the training process's last lines)" if "\n" in str(error).strip() else ""
        _red(f"{first}{more}")
        return error.exit_code
    _red(f"Unexpected {type(error).__name__}: {first[:300]} (--debug shows all; please report it)")
    return UNEXPECTED


def _report_usage(error: UsageError) -> int:
    """Print the message of typer for a mistyped command: one line, or the help where nothing was typed."""
    message = error.format_message().strip()
    if message.startswith("Usage:"):
        print(message)
    else:
        context = getattr(error, "ctx", None)
        command = context.command_path if context else "sparkeras"
        _red(f"{message.rstrip('.')}{'' if message.endswith('?') else '.'} See '{command} --help'.")
    return error.exit_code


def _red(line: str) -> None:
    # Text, not markup: a message may hold brackets. soft_wrap keeps it one line for programs.
    Console(stderr=True).print(Text(f"Error: {line}", style="red"), soft_wrap=True)


if __name__ == "__main__":
    main()
