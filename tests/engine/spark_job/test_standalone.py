"""A real standalone cluster, one master and two workers: pytest -m standalone. Each driver is a process of its own."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.places import standalone_cluster

pytestmark = pytest.mark.standalone
ROOT = Path(__file__).parents[3]
GUIDE = (ROOT / "docs" / "guide" / "cluster.md").read_text()


def drive(code, tmp_path, **environment):
    """Run a driver program and return what it printed."""
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT), "SPARK_LOCAL_IP": "127.0.0.1", **environment},
        capture_output=True,
        text=True,
        timeout=250,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


@pytest.fixture(scope="module")
def master(tmp_path_factory):
    """Yield the address of a cluster whose machines say that they have two GPUs, numbers 5 and 7."""
    home = tmp_path_factory.mktemp("gpus")
    script = home / "find_gpus"
    script.write_text("""#!/bin/sh\necho '{"name": "gpu", "addresses": ["5", "7"]}'\n""")
    script.chmod(0o755)
    options = f"-Dspark.worker.resource.gpu.amount=2 -Dspark.worker.resource.gpu.discoveryScript={script}"
    with standalone_cluster(workers=2, cores=1, environments=[{"SPARK_WORKER_OPTS": options}] * 2) as master:
        yield master


def test_the_readmes_example_runs_as_it_stands(master, tmp_path):
    code = re.search(r"<!-- example: cluster -->\n```python\n(.*?)```", GUIDE, re.DOTALL).group(1)
    code = code.replace("spark://127.0.0.1:7077", master).replace("/tmp/checkpoints", str(tmp_path / "kept"))
    said = drive(code, tmp_path)
    for line in re.search(r"prints, shortened,\n\n```text\n(.*?)\.\.\.", GUIDE, re.DOTALL).group(1).splitlines():
        about, words = line.split()[1], line[29:]
        shown = next(each for each in said.splitlines() if each.split()[1] == about)
        assert shown.startswith("ok "), shown
        if about in ("slots", "rows"):
            assert shown[29:] == words
    assert float(re.search(r"'accuracy': ([\d.]+)", said).group(1)) > 0.93
    assert list((tmp_path / "kept").iterdir()) == []


@pytest.mark.slow
def test_each_worker_sees_the_gpu_that_spark_gave_its_task(master, tmp_path):
    code = f"""
import os, keras, sparkeras
from pyspark.sql import SparkSession
from sparkeras import datasets
from tests.models import digits_model

class Sees(keras.callbacks.Callback):
    def on_train_begin(self, logs=None):
        self.gpu = os.environ["CUDA_VISIBLE_DEVICES"]

builder = SparkSession.builder.master("{master}").config("spark.executor.resource.gpu.amount", "1")
spark = builder.config("spark.task.resource.gpu.amount", "1").getOrCreate()
train, _ = datasets.load("digits", spark)
sees = Sees()
sparkeras.fit(digits_model(), train, epochs=1, num_workers=2, callbacks=[sees])
print("sees", sees.gpu)
"""
    assert re.search(r"sees [57]$", drive(code, tmp_path).strip())


@pytest.mark.slow
def test_dynamic_allocation_is_refused_with_the_line_that_turns_it_off(master, tmp_path):
    code = f"""
import sparkeras
from pyspark.sql import SparkSession
from sparkeras import datasets
from tests.models import digits_model

builder = SparkSession.builder.master("{master}").config("spark.dynamicAllocation.enabled", "true")
spark = builder.config("spark.dynamicAllocation.shuffleTracking.enabled", "true").getOrCreate()
train, _ = datasets.load("digits", spark)
try:
    sparkeras.fit(digits_model(), train, epochs=1, num_workers=2)
except sparkeras.errors.SetupError as error:
    print(error)
print(sparkeras.fit(digits_model(), train, epochs=1, num_workers="auto").training.rows)
"""
    said = drive(code, tmp_path)
    assert "Start the session with spark.dynamicAllocation.enabled=false for several workers" in said
    assert said.strip().endswith("1437")


@pytest.mark.slow
def test_a_worker_with_another_keras_is_named(tmp_path):
    other = tmp_path / "other" / "keras-9.9.dist-info"
    other.mkdir(parents=True)
    (other / "METADATA").write_text("Metadata-Version: 2.1\nName: keras\nVersion: 9.9\n")
    code = """
import sparkeras
from sparkeras import datasets, session
from tests.models import digits_model

train, _ = datasets.load("digits", session.get_or_start(MASTER))
try:
    sparkeras.fit(digits_model(), train, epochs=1, num_workers=2, checkpoint_dir="kept", max_retries=3)
except sparkeras.errors.SetupError as error:
    print(error)
"""
    environments = [{}, {"PYTHONPATH": str(other.parent)}]
    with standalone_cluster(workers=2, cores=1, environments=environments) as master:
        said = drive(code.replace("MASTER", repr(master)), tmp_path)
    assert re.search(r"different versions of keras: rank 0 on host \S+ has \S+, rank 1 on host \S+ has \S+\.", said)
    assert "9.9" in said
    assert "It failed" not in said  # another attempt would not help
