"""``sparkeras train``: a data set and a model in, a run's folder out.

Runs on: driver.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from sparkeras.errors import InvalidParamError


def train(
    data: Annotated[
        str, typer.Option(help="a name of 'data list', or a path: images, .npz, IDX, CSV, Parquet, X.txt,Y.txt")
    ] = "digits",
    model: Annotated[
        str | None,
        typer.Option(help="a name of the zoo, e.g. cnn, gan; or a .keras file [mlp; tabm or tabular for a table]"),
    ] = None,
    backbone: Annotated[
        str | None, typer.Option(help="of --model transfer: imagenet, digits, a run's folder or a .keras file")
    ] = None,
    label: Annotated[str | None, typer.Option(help="label column of your own table [label]")] = None,
    kind: Annotated[
        list[str] | None,
        typer.Option(help="COLUMN=KIND of a table: number, category, date, text, hashed, vector; several times"),
    ] = None,
    features: Annotated[
        list[str] | None, typer.Option(help="columns of a table to use, a,b,c or several times [all that help]")
    ] = None,
    drop: Annotated[list[str] | None, typer.Option(help="column of a table to leave out; several times")] = None,
    task: Annotated[str | None, typer.Option(help="of a table: classification or regression")] = None,
    balance: Annotated[
        bool, typer.Option("--balance", help="weigh each class by its rows, so that rare classes count as much")
    ] = False,
    epochs: Annotated[
        int | None,
        typer.Option(help="times that training sees every row [10; under 10,000 rows 40; of a table 2 to 40]"),
    ] = None,
    batch_size: Annotated[
        int | None, typer.Option(help="rows per weight update [128; 32 for under 10,000 rows]", show_default=False)
    ] = None,
    validation: Annotated[float | None, typer.Option(help="share of the training rows to validate with")] = None,
    workers: Annotated[str, typer.Option(help="training processes, one per Spark task; auto: one per executor")] = "1",
    master: Annotated[str | None, typer.Option(help="Spark master, e.g. local[4] or spark://host:7077")] = None,
    backend: Annotated[str | None, typer.Option(help="jax, torch or tensorflow")] = None,
    seed: Annotated[int, typer.Option(help="seed of split, weights, order and dropout")] = 0,
    image_size: Annotated[int, typer.Option(help="pixels of a side that images of a folder get")] = 96,
    invalid: Annotated[
        str | None, typer.Option(help="error or skip: rows with a null, NaN or broken image [error; skip for a table]")
    ] = None,
    checkpoint_dir: Annotated[
        str | None, typer.Option(help="keep the last finished epoch here, a folder that all workers share, or a URI")
    ] = None,
    retries: Annotated[int, typer.Option(help="times that a failed training is resumed")] = 0,
    engine: Annotated[str, typer.Option(help="keras, or scratch: the readable network")] = "keras",
    out: Annotated[Path | None, typer.Option(help="folder of the run [runs/DATA-MODEL-TIME]")] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="replace an existing run")] = False,
) -> None:
    """Train a Keras model on Spark, test it on held-out rows, and write the run's folder with its report."""
    from sparkeras.datasets.image_folder import require_size
    from sparkeras.engine import backends, params

    settings: dict[str, Any] = {
        "epochs": epochs,
        "batch_size": batch_size,
        "validation": validation,
        "num_workers": _number(workers),
        "seed": seed,
        "backend": backend,
        "handle_invalid": invalid,
        "checkpoint_dir": checkpoint_dir,
        "max_retries": retries,
    }
    settings = {name: value for name, value in settings.items() if value is not None}
    checked = params.settings(spell=_option, **settings)
    require_size(image_size)
    backends.load(backends.choose(backend), without=backends.WRAPPED)
    if engine == "scratch":
        from sparkeras.runs import scratch_train

        unused: dict[str, object] = {"--model": model not in (None, "mlp"), "--workers": workers != "1"}
        unused |= {"--validation": validation, "--kind": kind, "--drop": drop, "--features": features, "--task": task}
        unused |= {"--balance": balance, "--checkpoint-dir": checkpoint_dir, "--retries": retries}
        unused |= {"--invalid": invalid not in (None, "error")}
        scratch_train.require_unused({option: bool(given) for option, given in unused.items()})
        folder = out or _default_folder(data, engine)
        scratch_train.train(data, label, checked.epochs, batch_size, seed, folder, overwrite, master)
        return
    if engine != "keras":
        raise InvalidParamError(f"'--engine' must be keras or scratch; got {engine!r}.")
    settings |= {"label": label, "image_size": image_size, "backbone": backbone}
    settings |= {"kinds": _kinds(kind or [], drop or []), "task": task}
    settings |= {"columns": features or [], "balance": balance, "master": master, "overwrite": overwrite}
    _train(data, model, out or _default_folder(data, model or _default_model(data)), settings)


def _default_model(data: str) -> str:
    from sparkeras.runs import models

    return models.default(data)


def _kinds(named: list[str], dropped: list[str]) -> dict[str, str]:
    """Return the kinds of columns of --kind and --drop; a column's name may hold an equals sign."""
    wrong = next((text for text in named if not text.rpartition("=")[0]), None)
    if wrong is not None:
        raise InvalidParamError(f"'--kind' must be COLUMN=KIND, e.g. zip=category; got {wrong!r}.")
    kinds = {column: kind for column, _, kind in (text.rpartition("=") for text in named)}
    return kinds | dict.fromkeys(dropped, "drop")


def _train(data: str, model: str | None, out: Path, settings: dict[str, Any]) -> None:
    from rich.console import Console

    from sparkeras.runs.report import show_run
    from sparkeras.runs.training_run import TrainingRun
    from sparkeras.runs.training_terminal import TrainingTerminal

    console = Console()
    with TrainingTerminal(console) as terminal:
        run = TrainingRun(data, model, out, on_event=terminal, **settings).run()
    show_run(run, console)


def _option(argument: str) -> str:
    """Return the option that sets an argument of Python."""
    name = argument.removeprefix("num_").removeprefix("max_").removeprefix("handle_")
    return f"--{name.replace('_', '-')}"


def _number(text: str) -> int | str:
    """Return a whole number as one; other texts stay as they are, and the settings judge them."""
    try:
        return int(text)
    except ValueError:
        return text


def _default_folder(data: str, model: str) -> Path:
    time_text = datetime.now().strftime("%Y%m%d-%H%M%S")
    return Path("runs") / f"{Path(data.split(',')[0]).stem}-{Path(model).stem}-{time_text}"
