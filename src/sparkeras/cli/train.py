"""``sparkeras train``: a data set and a model in, a run's folder out.

Runs on: driver.
"""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from sparkeras.errors import InvalidParamError


def train(
    data: Annotated[
        str, typer.Option(help="a name of 'data list', or a path: images, .npz, IDX, CSV, Parquet, X.txt,Y.txt")
    ] = "digits",
    model: Annotated[str, typer.Option(help="a name of the zoo, e.g. cnn, gan; or a path of a .keras file")] = "mlp",
    backbone: Annotated[
        str | None, typer.Option(help="of --model transfer: imagenet, digits, a run's folder or a .keras file")
    ] = None,
    label: Annotated[str | None, typer.Option(help="label column of your own table [label]")] = None,
    epochs: Annotated[
        int | None, typer.Option(help="times that training sees every row [10; with keras 40 for under 10,000 rows]")
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
    invalid: Annotated[str, typer.Option(help="error or skip: rows with a null, NaN or broken image")] = "error",
    checkpoint_dir: Annotated[
        str | None, typer.Option(help="keep the last finished epoch here, a folder that all workers share, or a URI")
    ] = None,
    retries: Annotated[int, typer.Option(help="times that a training which failed is taken up again")] = 0,
    engine: Annotated[str, typer.Option(help="keras, or scratch: the readable network")] = "keras",
    out: Annotated[Path | None, typer.Option(help="folder of the run [runs/DATA-MODEL-TIME]")] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="replace an existing run")] = False,
) -> None:
    """Train a Keras model on Spark, test it on held-out rows, and write the run's folder with its report."""
    from sparkeras.datasets.image_folder import require_size
    from sparkeras.engine import params

    checked = params.settings(
        spell=_spelt,
        epochs=params.default("epochs") if epochs is None else epochs,
        batch_size=params.default("batch_size") if batch_size is None else batch_size,
        validation=validation,
        num_workers=_number(workers),
        seed=seed,
        backend=backend,
        handle_invalid=invalid,
        checkpoint_dir=checkpoint_dir,
        max_retries=retries,
    )
    require_size(image_size)
    _choose_backend(checked.backend)
    if engine == "scratch":
        from sparkeras.runs import scratch_train

        ignored: dict[str, object] = {
            "--model": model != "mlp",
            "--validation": validation,
            "--workers": workers != "1",
        }
        ignored |= {"--checkpoint-dir": checkpoint_dir, "--retries": retries, "--invalid": invalid != "error"}
        scratch_train.require_unused(ignored)
        folder = out or _default_folder(data, engine)
        scratch_train.train(data, label, checked.epochs, batch_size, seed, folder, overwrite, master)
        return
    if engine != "keras":
        raise InvalidParamError(f"'--engine' must be keras or scratch; got {engine!r}.")
    source = {"name_or_path": data, "label": label, "seed": checked.seed, "image_size": image_size}
    options = {"backbone": backbone} if backbone else {}
    out = out or _default_folder(data, model)
    given = {name for name, value in (("epochs", epochs), ("batch_size", batch_size)) if value is not None}
    _train(source, model, checked, given, options, master, out, overwrite)


def _train(source, model, settings, given, options, master, out, overwrite):
    from rich.console import Console

    from sparkeras.engine import tracking
    from sparkeras.runs.report import show_run
    from sparkeras.runs.run_folder import Run, RunFolder
    from sparkeras.runs.training_run import TrainingRun

    console = Console()
    with tracking.run_of_environment(out.name):
        with RunFolder.start(out, overwrite) as folder:
            run = TrainingRun(source, model, settings, given, folder, console, options)
            run.train(master)
            run.write_report()
        tracking.log_folder(out)
    show_run(Run.open(out), console)


def _spelt(argument):
    """Return the option that sets ``argument``."""
    words = argument.removeprefix("num_").removeprefix("max_").removeprefix("handle_")
    return f"--{words.replace('_', '-')}"


def _choose_backend(name):
    from sparkeras.engine import backends

    backends.load(backends.choose(name), without=backends.WRAPPED)


def _number(words):
    """Return a whole number as one; other words stay what they are, and the settings judge them."""
    try:
        return int(words)
    except ValueError:
        return words


def _default_folder(data, model):
    time_words = datetime.now().strftime("%Y%m%d-%H%M%S")
    return Path("runs") / f"{Path(data.split(',')[0]).stem}-{Path(model).stem}-{time_words}"
