"""The image's steps as far as they go without Docker, and the cluster of compose.yaml with its own commands."""

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

from sparkeras import session
from sparkeras.course import in_lessons

ROOT = Path(__file__).parents[1]
DOCKERFILE = (ROOT / "Dockerfile").read_text()


def steps():
    """The image's RUN steps, a command line each."""
    joined = DOCKERFILE.replace("\\\n", " ")
    return [line.removeprefix("RUN ").strip() for line in joined.splitlines() if line.startswith("RUN ")]


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
@pytest.mark.timeout(1200)  # some 150 packages
def test_the_steps_run(tmp_path):
    """apt only pretends, pip fills an environment, the user is made by useradd's own check of its arguments."""
    packages, install, user = steps()
    names = re.search(r"--no-install-recommends (.*?) && rm", packages).group(1).split()
    simulated = subprocess.run(
        ["apt-get", "install", "--simulate", *names], capture_output=True, text=True, check=False
    )
    assert simulated.returncode == 0, simulated.stderr
    subprocess.run([sys.executable, "-m", "venv", tmp_path / "env"], check=True)
    words = shlex.split(install.replace("/opt/sparkeras", str(ROOT)))
    subprocess.run([tmp_path / "env" / "bin" / words[0], *words[1:]], check=True)
    here = user.replace("useradd --create-home learner", f"mkdir {tmp_path}/home").replace(
        "/home/learner", f"{tmp_path}/home"
    )
    subprocess.run(["sh", "-euc", here.replace("/work", str(tmp_path / "work"))], check=True)
    command = re.search(r"^CMD (\[.*\])$", DOCKERFILE, re.MULTILINE).group(1)
    program, *arguments = [word.strip('"') for word in command.strip("[]").split(", ")]
    environment = {"PATH": f"{tmp_path}/env/bin:/usr/bin:/bin", "HOME": str(tmp_path / "home")}
    made = subprocess.run(
        [tmp_path / "env" / "bin" / program, *arguments], cwd=tmp_path / "work", env=environment, check=False
    )
    assert made.returncode == 0
    assert (tmp_path / "work" / "runs" / "digits" / "report.html").is_file()


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
