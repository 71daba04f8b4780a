"""Private names of JAX. Runs on: training process."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jaxlib.xla_client import Client

# The names below ``jax``; each sentence: since when, what for, what happens without it.
SITES = {
    "config.values": "0.2: the options as they are, read by quick_compilation. Without it a model opens more slowly.",
    # Without one of these, gloo listens on the address of the machine's name, see listen_on.
    "_src.distributed.global_state": "0.4: the client of the ranks' coordinator, which gloo's collectives take.",
    "_src.xla_bridge._jax.make_gloo_tcp_collectives": "0.7: gloo's collectives with an address to listen on.",
    "_src.xla_bridge.make_cpu_client": "0.7: the CPU's client with these collectives.",
    "_src.xla_bridge.register_backend_factory": "0.4: makes that client the CPU's.",
}


def listen_on(host: str) -> None:
    """Let gloo listen on one address; by itself it takes that of the machine's name, on Debian 127.0.1.1.

    JAX has no setting for it (0.10.2): this is its private way to make the CPU's client, with one argument more.
    Where JAX has lost it, gloo keeps its own address and a warning in the process's log says so: ranks on one machine
    train as ever, on several machines they may not find each other. tests/engine/backends/test_addresses looks at the
    open ports.
    """
    try:
        from jax._src import distributed, xla_bridge

        state, make_client = distributed.global_state, xla_bridge.make_cpu_client
        make_gloo, register = xla_bridge._jax.make_gloo_tcp_collectives, xla_bridge.register_backend_factory
    except (ImportError, AttributeError) as error:
        warnings.warn(
            f"This JAX has no way to choose the address where gloo listens ({error}); {host} is not used. If workers "
            "on several machines do not find each other, install an older JAX.",
            stacklevel=2,
        )
        return

    def client() -> Client:
        return make_client(collectives=make_gloo(distributed_client=state.client, hostname=host))

    register("cpu", client, priority=0, fail_quietly=False)
