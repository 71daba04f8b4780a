"""PyTorch as Keras' backend. Runs on: training process."""

import contextlib
import datetime
import os
import socket
import struct
import sys

import numpy as np
import torch
import torch.distributed

_SIOCGIFADDR = 0x8915  # linux/sockios.h: the address of an interface


def set_threads(threads):
    """Compute with ``threads`` threads."""
    torch.set_num_threads(threads)


def version():
    """Return the backend's version."""
    return torch.__version__


def fast_layers(model):
    """Leave the layers alone: their own ways are fast; a context."""
    return contextlib.nullcontext()


def join(address, host, rank, ranks, timeout_seconds):
    """Meet the other ranks and return the ``Group``.

    Parameters
    ----------
    address : str
        ``host:port`` where rank 0 listens.
    host : str
        This rank's own address: the only one that it listens on.
    rank, ranks : int
    timeout_seconds : int
        Longest wait for the others, now and in each step.
    """
    interface = _interface(host)
    if interface:
        os.environ["GLOO_SOCKET_IFNAME"] = os.environ["NCCL_SOCKET_IFNAME"] = interface
    limit = datetime.timedelta(seconds=timeout_seconds)
    torch.distributed.init_process_group(
        "nccl" if torch.cuda.is_available() else "gloo",
        store=_store(address, rank, ranks, limit),
        rank=rank,
        world_size=ranks,
        timeout=limit,
    )
    return Group(rank, ranks)


def _store(address, rank, ranks, limit):
    """Return the store where the ranks meet; by itself, rank 0's would listen on every network of its machine."""
    host, port = address.rsplit(":", 1)
    listening = socket.create_server((host, int(port)), backlog=max(128, ranks)).detach() if rank == 0 else None
    return torch.distributed.TCPStore(
        host, int(port), ranks, is_master=rank == 0, timeout=limit, master_listen_fd=listening
    )


def _interface(host):
    """Return the name of the network interface that has an address; None where the system does not tell."""
    if not sys.platform.startswith("linux"):
        return None
    import fcntl

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        for _, name in socket.if_nameindex():
            with contextlib.suppress(OSError):  # an interface without an address
                request = struct.pack("256s", name.encode()[:15])
                if socket.inet_ntoa(fcntl.ioctl(any_socket, _SIOCGIFADDR, request)[20:24]) == host:
                    return name
    return None


class Group:
    """The ranks of one training, over torch's own collectives (gloo on CPU, NCCL on GPU)."""

    even_shapes = False

    def __init__(self, rank, ranks):
        self.rank, self.ranks = rank, ranks
        self.device = "cuda" if torch.cuda.is_available() else "cpu"

    def shapes_may_differ(self, gathers):
        """Tell whether ranks may run steps of different shapes: always, as each exchanges in the order of its code."""
        return True

    def leave(self):
        """Wait for the others and part; whoever leaves early would break the others' last step."""
        torch.distributed.barrier()
        torch.distributed.destroy_process_group()

    def sum(self, array):
        """Return the sum over the ranks of an array (n,), of the same dtype."""
        tensor = torch.from_numpy(np.array(array)).to(self.device)
        torch.distributed.all_reduce(tensor)
        return tensor.cpu().numpy()

    def mean_inside(self, values, weight):
        """Return the mean of ``values`` (list of tensors or None) over the ranks, each weighted by its ``weight``.

        One all-reduce moves them all.
        """
        given = [value for value in values if value is not None]
        flat = torch.cat([value.reshape(-1).float() for value in given])
        flat = flat / self.ranks if weight is None else flat * weight
        torch.distributed.all_reduce(flat)
        parts = iter(flat.split([value.numel() for value in given]))
        return [value if value is None else next(parts).reshape(value.shape).to(value.dtype) for value in values]

    def sum_inside(self, number):
        """Return the sum of a number over the ranks; in a step."""
        total = torch.as_tensor(number, dtype=torch.float32, device=self.device).clone()
        torch.distributed.all_reduce(total)
        return total

    def gather_inside(self, rows):
        """Return the rows (n, ...) of all ranks, rank by rank: (ranks * n, ...); in a step."""
        rows = rows.detach().contiguous()
        sent = rows.to(torch.uint8) if rows.dtype == torch.bool else rows
        parts = [torch.empty_like(sent) for _ in range(self.ranks)]
        torch.distributed.all_gather(parts, sent)
        return torch.cat(parts).to(rows.dtype)

    def place_inside(self):
        """Return this rank's number."""
        return self.rank

    def require_no_leak(self, model):
        """Nothing can leak: torch's optimizers hold their own state."""

    def state_of(self, model):
        """Return None: torch's steps find their state in the model."""

    def with_other_seeds(self, model, state):
        """Return the state: seeds have moved on since the last step."""
        return state

    def run_over_ranks(self, step, state, batch):
        """Return what a step gives that the ranks run together, each with its batch."""
        return self.run_alone(step, state, batch)

    def run_alone(self, step, state, batch):
        """Return what a step gives that this rank runs by itself."""
        import keras

        tensors = keras.tree.map_structure(lambda a: None if a is None else keras.ops.convert_to_tensor(a), batch)
        return [grad.detach().cpu().clone() for grad in step(tensors)]

    def spread(self, model, validation=False):
        """Nothing to do: torch's steps are not compiled, and meet inside the optimizer."""
