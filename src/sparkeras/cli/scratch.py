"""``sparkeras scratch``: the readable network on two text files of inputs and targets, with all its settings.

Runs on: driver.
"""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from sparkeras.runs.scratch_settings import ScratchSettings

TextFile = Annotated[str, typer.Argument(help="text file, local or any path that Spark reads", show_default=False)]


def scratch(
    train_images: TextFile,
    train_labels: TextFile,
    test_images: TextFile,
    test_labels: TextFile,
    output: Annotated[str, typer.Argument(help="folder to make, local or any path that Spark writes")],
    hidden: Annotated[str, typer.Option(help="units of each hidden layer, e.g. 128,64; or none")] = "64",
    activation: Annotated[str, typer.Option(help="sigmoid, tanh, relu, leaky_relu, elu, maxout, softmax")] = "tanh",
    output_activation: Annotated[str, typer.Option(help="of the last layer")] = "sigmoid",
    loss: Annotated[
        str, typer.Option(help="half_squares, mean_squared_error, mean_absolute_error, *_crossentropy")
    ] = "half_squares",
    optimizer: Annotated[
        str, typer.Option(help="gradient_descent, momentum, adagrad, rmsprop, adam, bold_driver")
    ] = "bold_driver",
    rate: Annotated[float, typer.Option(help="learning rate of the first step")] = 0.1,
    decay: Annotated[float, typer.Option(help="step i has the rate / (1 + decay * i)")] = 0.0,
    keep_bad_steps: Annotated[bool, typer.Option("--keep-bad-steps", help="bold_driver: never go back")] = False,
    start: Annotated[str, typer.Option(help="first weights: half, glorot, he")] = "half",
    dropout: Annotated[float, typer.Option(help="share of each hidden layer's numbers left out in training")] = 0.0,
    l1: Annotated[float, typer.Option(help="cost of large weights, L1")] = 0.0,
    l2: Annotated[float, typer.Option(help="cost of large weights, L2")] = 0.0,
    epochs: Annotated[int, typer.Option(help="rounds")] = 100,
    fraction: Annotated[
        float | None, typer.Option(help="share of the rows in each step, which is an epoch [0.7]; take 1 for few rows")
    ] = None,
    batch_size: Annotated[
        int | None, typer.Option(help="rows per step, all rows in turn; in place of --fraction", show_default=False)
    ] = None,
    way: Annotated[str, typer.Option(help="gradient: one update per step; average: of partitions")] = "gradient",
    partitions: Annotated[
        int | None, typer.Option(help="parts of the rows [as many as tasks run at once]", show_default=False)
    ] = None,
    seed: Annotated[int, typer.Option(help="seed of first weights, rows of a step, dropout")] = 0,
    master: Annotated[str | None, typer.Option(help="Spark master, e.g. local[4] or spark://host:7077")] = None,
) -> None:
    """Train the network from scratch (NumPy and Spark alone) on rows of text, test it, write histories and a report.

    By default the network of the program that it outgrew: 784-64-10, tanh and sigmoid, 0.7 of the rows per step.
    """
    from sparkeras.errors import InvalidParamError
    from sparkeras.runs.scratch_settings import ScratchSettings

    if batch_size is not None and fraction is not None:
        raise InvalidParamError("'--fraction' draws rows and '--batch-size' deals all of them; give one of the two.")
    fraction = (0.7 if batch_size is None else 1.0) if fraction is None else fraction
    settings = ScratchSettings(
        hidden=hidden,
        activation=activation,
        output=output_activation,
        loss=loss,
        optimizer=optimizer,
        rate=rate,
        decay=decay,
        undo=not keep_bad_steps,
        start=start,
        dropout=dropout,
        l1=l1,
        l2=l2,
        epochs=epochs,
        fraction=fraction,
        batch_size=batch_size,
        way=way,
        partitions=partitions,
        seed=seed,
    )
    _run(settings, [train_images, train_labels, test_images, test_labels], output, master)


def _run(settings: ScratchSettings, paths: list[str], output: str, master: str | None) -> None:
    from rich.console import Console

    from sparkeras import datasets
    from sparkeras.engine import backends
    from sparkeras.runs import scratch_output

    backends.load(backends.choose(), without=backends.WRAPPED)
    from sparkeras.runs.report import show_run
    from sparkeras.runs.run_folder import Run
    from sparkeras.runs.scratch_run import ScratchRun

    console, paths = Console(), [datasets.local(path) for path in paths]
    command = shlex.join(["sparkeras", "scratch", *paths, output, *settings.options()])
    with scratch_output.folder(output, master) as folder:
        run = ScratchRun(lambda spark: datasets.load_text(paths, spark), settings, folder, console, master)
        run.train()
        run.write(data=",".join(paths), command=command)
    if "://" in datasets.local(output):
        accuracy = run.figures["test"]["accuracy"]
        console.print(f"{accuracy:.1%} test accuracy. The run is in {output}", highlight=False)
    else:
        show_run(Run.open(datasets.local(output)), console)
