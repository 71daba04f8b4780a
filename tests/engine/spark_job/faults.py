"""Terrible things that a callback does to its training, for the tests of faults."""

import os
import signal
import time
import zipfile
from pathlib import Path

import keras


class Does(keras.callbacks.Callback):
    """Do something terrible as one rank in the middle of training, once: a file remembers, and says when.

    Parameters
    ----------
    marker : path
    what : callable
    by : int
        The rank.
    epoch : int
        At whose beginning, counted from 0.
    """

    def __init__(self, marker, what, by=1, epoch=2):
        super().__init__()
        self.marker, self.what, self.by, self.epoch = str(marker), what, by, epoch

    def on_epoch_begin(self, epoch, logs=None):
        if epoch == self.epoch and rank() == self.by and not os.path.exists(self.marker):
            with open(self.marker, "w") as file:
                file.write(str(time.time()))
            self.what()


def seconds_since(marker):
    """Return how long ago the terrible thing was done."""
    return time.time() - float(Path(marker).read_text())


def rank():
    """Return the rank of this training process."""
    if keras.config.backend() == "torch":
        import torch.distributed

        return torch.distributed.get_rank() if torch.distributed.is_initialized() else 0
    import jax

    return jax.process_index()


def kill_me():
    os.kill(os.getpid(), signal.SIGKILL)


def stop_me():
    os.kill(os.getpid(), signal.SIGSTOP)


def my_python_worker():
    """Return the process that holds the other end of this one's standard input; a fork's parent is its template."""
    pipe = os.readlink("/proc/self/fd/0")
    for link in Path("/proc").glob("[0-9]*/fd/*"):
        try:
            if os.readlink(link) == pipe and int(link.parts[2]) != os.getpid():
                return int(link.parts[2])
        except OSError:
            continue
    raise LookupError("no process holds the other end of standard input")


def kill_my_executor():
    process = my_python_worker()
    while b"CoarseGrainedExecutorBackend" not in Path(f"/proc/{process}/cmdline").read_bytes():
        process = int(Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[1])
    os.kill(process, signal.SIGKILL)
    time.sleep(60)


def kill_my_python_worker():
    os.kill(my_python_worker(), signal.SIGKILL)
    time.sleep(60)


def fail():
    raise OSError("the callback's disk is gone")


def kill_me_in_the_next_checkpoint():
    """End this process when a checkpoint is half written."""
    write = zipfile.ZipFile.writestr

    def writestr(archive, name, data):
        write(archive, name, data)
        if name == "state":
            kill_me()

    zipfile.ZipFile.writestr = writestr
