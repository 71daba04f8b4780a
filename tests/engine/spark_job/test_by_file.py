"""Worker machines that have Keras and a backend, and sparkeras only as a file of the session."""

import json
import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

import pytest

import sparkeras

DRIVER = """
import json, sys, keras, sparkeras
from pyspark.sql import SparkSession
from sparkeras import datasets
from tests.models import digits_model

class Where(keras.callbacks.Callback):
    def on_train_begin(self, logs=None):
        import sparkeras
        self.file = sparkeras.__file__

builder = SparkSession.builder
spark = (builder.remote("local[2]") if sys.argv[1] == "connect" else builder.master("local[2]")).getOrCreate()
spark.addArtifacts(sys.argv[2], pyfile=True)
train, _ = datasets.load("digits", spark)
where = Where()
history = sparkeras.fit(digits_model(), train, epochs=1, num_workers=2, callbacks=[where])
print(json.dumps({"file": where.file, "rows": history.training.rows}))
"""


@pytest.fixture(scope="module")
def without_sparkeras(tmp_path_factory):
    """Return a Python that finds all of this one's packages but ours."""
    home = tmp_path_factory.mktemp("bare")
    venv.create(home / "python", with_pip=False)
    links = home / "links"
    links.mkdir()
    for path in (Path(entry) for entry in sys.path if entry.endswith("site-packages")):
        for package in path.iterdir():
            if "sparkeras" not in package.name and package.suffix != ".pth":
                (links / package.name).symlink_to(package)
    (site,) = (home / "python").glob("lib/python*/site-packages")
    (site / "links.pth").write_text(f"{links}\n")
    return home / "python" / "bin" / "python"


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["classic", "connect"])
def test_workers_train_with_sparkeras_from_a_file(kind, without_sparkeras, tmp_path):
    lacks = subprocess.run([without_sparkeras, "-c", "import keras, sparkeras"], capture_output=True, text=True)
    assert "No module named 'sparkeras'" in lacks.stderr
    source = Path(sparkeras.__file__).parents[1]
    archive = shutil.make_archive(str(tmp_path / "sparkeras"), "zip", source, "sparkeras")
    done = subprocess.run(
        [sys.executable, "-c", DRIVER, kind, archive],
        env={**os.environ, "PYSPARK_PYTHON": str(without_sparkeras), "PYSPARK_DRIVER_PYTHON": sys.executable},
        cwd=Path(__file__).parents[3],
        capture_output=True,
        text=True,
        timeout=200,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    said = json.loads(done.stdout.splitlines()[-1])
    assert said["rows"] == 1437
    assert ".zip" in said["file"]
