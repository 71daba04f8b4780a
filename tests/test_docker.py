"""The image's files, and the cluster of compose.yaml with its own commands; .ci/image runs the image's steps."""

import contextlib
import os
import re
import shlex
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml

from sparkeras.course import in_lessons
from sparkeras.spark import session

ROOT = Path(__file__).parents[1]
DOCKERFILE = (ROOT / "Dockerfile").read_text()


def test_what_is_copied_is_there_and_is_enough_to_build():
    copied = [word for line in DOCKERFILE.splitlines() if line.startswith("COPY ") for word in line.split()[1:-1]]
    assert all((ROOT / name).exists() for name in copied)
    kept = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    assert kept == set(copied)
    extras = set(re.search(r"/opt/sparkeras\[([^\]]*)\]", DOCKERFILE).group(1).split(","))
    known = set(re.findall(r"^(\w+) = \[", (ROOT / "pyproject.toml").read_text(), re.MULTILINE))
    assert extras <= known


def test_nobody_is_root_in_it():
    assert re.search(r"^USER learner$", DOCKERFILE, re.MULTILINE)
    assert DOCKERFILE.index("USER learner") > DOCKERFILE.rindex("\nRUN ")


@pytest.mark.slow
def test_the_cluster_of_compose_runs_a_lessons_session(tmp_path):
    """The services' own commands as processes here: the name "master" becomes this machine, ports are free ones."""
    services = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
    port = free_port()

    def words(service):
        line = services[service]["command"].replace("--webui-port 8080", "--webui-port 0").replace("7077", str(port))
        program, *rest = shlex.split(re.sub(r"\bmaster\b(?!\.)", "127.0.0.1", line))
        return [str(Path(sys.executable).parent / program), *rest]

    environment = os.environ | {"JAVA_HOME": str(session.find_java().home), "SPARK_LOCAL_IP": "127.0.0.1"}
    environment |= {"PYSPARK_PYTHON": sys.executable, "SPARK_WORKER_WEBUI_PORT": "0", "SPARK_WORKER_DIR": str(tmp_path)}
    there = services["notebook"]["environment"][in_lessons.MASTER].replace("master:7077", f"127.0.0.1:{port}")
    code = (
        "from sparkeras.course import start_spark\n"
        "spark = start_spark()\n"
        "import time; time.sleep(5)\n"
        "print(spark.sparkContext.master, spark.range(10).count(), spark.sparkContext.defaultParallelism)"
    )
    workers = services["worker"]["deploy"]["replicas"]
    with contextlib.ExitStack() as running:
        for service in ["master"] + ["worker"] * workers:
            process = subprocess.Popen(
                words(service), env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            )
            running.callback(process.wait)
            running.callback(process.kill)
            time.sleep(4)
        asking = environment | {in_lessons.MASTER: there}
        said = subprocess.run(
            [sys.executable, "-c", code], env=asking, capture_output=True, text=True, timeout=120, check=False
        )
    assert said.stdout.split() == [there, "10", str(workers)], said.stderr[-2000:]


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]
