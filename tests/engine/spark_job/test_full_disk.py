"""The disk of Spark's local folder runs full while two workers spool their rows: a real, small disk."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.places import job_folders

DRIVER = """
import sparkeras
from sparkeras import session
from tests.models import digits_model

spark = session.get_or_start("local-cluster[2,1,1024]")
# Rows that Spark's shuffle compresses to nothing, and that a spool, which does not, cannot hold.
alike = ("array_repeat(cast(1.0 AS float), 64) AS features", "0 AS label")
rows = spark.range(120_000, numPartitions=2).selectExpr(*alike)
try:
    sparkeras.fit(digits_model(), rows, epochs=1, num_workers=2)
except sparkeras.errors.TrainingError as error:
    print(error)
"""


@pytest.fixture
def small_disk(tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", str(disk)], capture_output=True)
    if mounted.returncode:
        pytest.skip("only root can mount a small disk")
    yield disk
    subprocess.run(["umount", "--lazy", str(disk)], check=True)


@pytest.mark.slow
def test_a_full_disk_is_told_with_rank_host_and_what_to_do(small_disk):
    done = subprocess.run(
        [sys.executable, "-c", DRIVER],
        cwd=Path(__file__).parents[3],
        env={**os.environ, "SPARK_LOCAL_DIRS": str(small_disk)},
        capture_output=True,
        text=True,
        timeout=200,
    )
    assert re.match(
        r"Rank \d on host \S+: The rows could not be written to Spark's local folder: .*No space left on device.*"
        r"Free disk space there or set spark.local.dir to a larger disk",
        done.stdout,
    ), done.stdout + done.stderr[-3000:]
    assert not job_folders(small_disk)
