"""Start the training process of a Spark task, in an environment of its own.

Runs on: Spark task.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

from sparkeras.engine import backends
from sparkeras.engine.spark_job import rendezvous, template_client

if TYPE_CHECKING:
    from sparkeras.engine.spark_job.job import Job

# Proxies and schedulers of the machine would redirect or re-plan a collective; Spark's thread limit is not ours.
_DROPPED = ("SLURM_", "OMPI_", "PMI", "SPARK_", "PYSPARK_", "PYTHON", "OMP_", "MKL_", "OPENBLAS_", "KERAS_BACKEND")


def start(
    job: Job, folder: str, local_folder: str | None, descriptors: dict[str, int]
) -> subprocess.Popen[bytes] | template_client.Forked:
    """Start a training process: a fork of the executor's template where one is allowed, else a new Python.

    Parameters
    ----------
    job : Job
    folder : str
        The process's own folder, where it runs.
    local_folder : str or None
        Spark's, of this executor.
    descriptors : dict of str to int
        Open files that it inherits, by name.
    """
    environment = clean_environment(job.backend, job.threads, rendezvous.own_gpu())
    # Callbacks may hand frames to Keras, or draw; nothing here wraps a model for scikit-learn.
    without = ("sklearn",) if job.callbacks else backends.WRAPPED
    if job.template and local_folder and template_client.usable(environment):
        forked = template_client.fork(environment, without, local_folder, folder, descriptors)
        if forked:
            return forked
    return subprocess.Popen(
        [
            sys.executable,
            "-P",
            "-m",
            "sparkeras.engine.process.main",
            folder,
            json.dumps(descriptors),
            json.dumps(without),
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        pass_fds=tuple(descriptors.values()),
        env=environment,
        cwd=folder,
        start_new_session=True,  # its own group, so that its children end with it
    )


def clean_environment(backend: str, threads: int, gpu: str | None = None) -> dict[str, str]:
    """Return the environment of a training process: the machine's, without the variables of Spark and schedulers.

    Parameters
    ----------
    backend : str
    threads : int
    gpu : str or None
        The one GPU that the process may see, by its number; None leaves the machine's own setting.
    """
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(_DROPPED) and not name.lower().endswith("_proxy")
    }
    # Modules that this interpreter can import, the process can too, wherever Spark put them (addArtifacts, --py-files).
    environment["PYTHONPATH"] = os.pathsep.join(entry for entry in sys.path if entry)
    if gpu is not None:
        environment["CUDA_VISIBLE_DEVICES"] = gpu
    return environment | backends.environment(backend, threads)
