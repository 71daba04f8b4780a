"""PyTorch as Keras' backend. Runs on: training process."""

from __future__ import annotations

import contextlib
import datetime
import os
import socket
import struct
import sys
from typing import TYPE_CHECKING

import numpy as np
import torch
import torch.distributed

if TYPE_CHECKING:
    import keras

    from sparkeras.engine.backends.protocols import Step, Structure

_SIOCGIFADDR = 0x8915  # linux/sockios.h: the address of an interface


def set_threads(threads: int) -> None:
    """Compute with ``threads`` threads."""
    torch.set_num_threads(threads)


def version() -> str:
    """Return the backend's version."""
    return str(torch.__version__)


def fast_layers(model: keras.Model) -> contextlib.nullcontext[None]:
    """Return an empty context: torch's own layers are fast."""
    return contextlib.nullcontext()


def join(address: str, host: str, rank: int, ranks: int, timeout_seconds: int) -> Group:
    """Meet the other ranks and return the ``Group``; waits ``timeout_seconds`` at most, now and in each step."""
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


def _store(address: str, rank: int, ranks: int, limit: datetime.timedelta) -> torch.distributed.Store:
    """Return the store where the ranks meet; by itself, rank 0's would listen on every network of its machine."""
    host, port = address.rsplit(":", 1)
    listening = socket.create_server((host, int(port)), backlog=max(128, ranks)).detach() if rank == 0 else None
    return torch.distributed.TCPStore(
        host, int(port), ranks, is_master=rank == 0, timeout=limit, master_listen_fd=listening
    )


def _interface(host: str) -> str | None:
    """Return the name of the network interface that has an address; None where the system cannot say."""
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

    equal_shapes = False

    def __init__(self, rank: int, ranks: int) -> None:
        self.rank, self.ranks = rank, ranks
        self.device = "cuda" if torch.cuda.is_available() else "cpu"

    def shapes_may_differ(self, gathers: bool) -> bool:
        """Tell whether ranks may run steps of different shapes: always, as each exchanges in the order of its code."""
        return True

    def leave(self) -> None:
        """Wait for the others and part: a rank that left early would break the others' last step."""
        torch.distributed.barrier()
        torch.distributed.destroy_process_group()

    def sum(self, array: np.ndarray) -> np.ndarray:
        """Return the sum over the ranks of an array (n,), of the same dtype."""
        tensor = torch.from_numpy(np.array(array)).to(self.device)
        torch.distributed.all_reduce(tensor)
        total: np.ndarray = tensor.cpu().numpy()
        return total

    def mean_inside(self, values: list[torch.Tensor | None], weight: torch.Tensor | None) -> list[torch.Tensor | None]:
        """Return the mean of ``values`` over the ranks, each weighted by its ``weight``; one all-reduce moves all."""
        tensors = [value for value in values if value is not None]
        flat = torch.cat([tensor.reshape(-1).float() for tensor in tensors])
        flat = flat / self.ranks if weight is None else flat * weight
        torch.distributed.all_reduce(flat)
        parts = iter(flat.split([tensor.numel() for tensor in tensors]))
        return [value if value is None else next(parts).reshape(value.shape).to(value.dtype) for value in values]

    def sum_inside(self, number: torch.Tensor) -> torch.Tensor:
        """Return the sum of a number over the ranks; in a step."""
        total = torch.as_tensor(number, dtype=torch.float32, device=self.device).clone()
        torch.distributed.all_reduce(total)
        return total

    def gather_inside(self, rows: torch.Tensor) -> torch.Tensor:
        """Return the rows (n, ...) of all ranks, rank by rank: (ranks * n, ...); in a step."""
        rows = rows.detach().contiguous()
        sent = rows.to(torch.uint8) if rows.dtype == torch.bool else rows
        parts = [torch.empty_like(sent) for _ in range(self.ranks)]
        torch.distributed.all_gather(parts, sent)
        return torch.cat(parts).to(rows.dtype)

    def place_inside(self) -> int:
        """Return this rank's number."""
        return self.rank

    def require_no_leak(self, model: keras.Model) -> None:
        """Nothing can leak: torch's optimizers hold their own state."""

    def state_of(self, model: keras.Model) -> None:
        """Return None: torch's steps find their state in the model."""

    def with_other_seeds(self, model: keras.Model, state: None) -> None:
        """Return None, the state: seeds have moved on since the last step."""

    def run_over_ranks(self, step: Step, state: None, batch: Structure) -> list[torch.Tensor]:
        """Return the result of a step that the ranks run together, each with its batch."""
        return self.run_alone(step, state, batch)

    def run_alone(self, step: Step, state: None, batch: Structure) -> list[torch.Tensor]:
        """Return the result of a step that this rank runs by itself."""
        import keras

        tensors = keras.tree.map_structure(lambda a: None if a is None else keras.ops.convert_to_tensor(a), batch)
        return [grad.detach().cpu().clone() for grad in step(tensors)]

    def distribute_steps(self, model: keras.Model, validation: bool = False) -> None:
        """Nothing to do: torch's steps are not compiled, and meet inside the optimizer."""
