"""Start the training process of a Spark task, and say in which environment it runs.

Runs on: Spark task.
"""

import json
import os
import subprocess
import sys

from sparkeras.engine import backends
from sparkeras.engine.stage import rendezvous, template

# Proxies and schedulers of the machine would redirect or re-plan a collective; Spark's thread limit is not ours.
_DROPPED = ("SLURM_", "OMPI_", "PMI", "SPARK_", "PYSPARK_", "PYTHON", "OMP_", "MKL_", "OPENBLAS_", "KERAS_BACKEND")


def start(job, folder, local_folder, descriptors):
    """Start a training process: a fork of the executor's template where there may be one, else a new Python.

    Parameters
    ----------
    job : Job
    folder : str
        The process's own folder, where it runs.
    local_folder : str or None
        Spark's, of this executor.
    descriptors : dict of str to int
        Open files that it gets, by name.

    Returns
    -------
    subprocess.Popen or template.Forked
    """
    environment = clean_environment(job.backend, job.threads, rendezvous.own_gpu())
    # Callbacks may hand frames to Keras, or draw; nothing here wraps a model for scikit-learn.
    without = ("sklearn",) if job.callbacks else backends.WRAPPED
    if job.template and local_folder and template.usable(environment):
        forked = template.fork(environment, without, local_folder, folder, descriptors)
        if forked:
            return forked
    return subprocess.Popen(
        [
            sys.executable,
            "-P",
            "-m",
            "sparkeras.engine.process.worker",
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


def clean_environment(backend, threads, gpu=None):
    """Return the environment of a training process: the machine's, less what Spark and schedulers put there.

    Parameters
    ----------
    backend : str
    threads : int
    gpu : str or None
        The one GPU that the process may see, by its number; None leaves the machine's own setting.
    """
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(_DROPPED) and not name.lower().endswith("_proxy")
    }
    # What this interpreter finds, the process finds too, wherever Spark put it (addArtifacts, --py-files).
    kept["PYTHONPATH"] = os.pathsep.join(entry for entry in sys.path if entry)
    if gpu is not None:
        kept["CUDA_VISIBLE_DEVICES"] = gpu
    return kept | backends.environment(backend, threads)
