"""Ranks listen on the address that was published, and on no other; looked up in the system's own tables."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from sparkeras.engine import backends
from sparkeras.engine.spark_job import rendezvous

pytestmark = [
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks at /proc"),
    *([pytest.mark.torch] if backends.choose() == "torch" else []),
]
RANK = """
import json, os, socket, sys
from pathlib import Path
import numpy as np
from sparkeras.engine import backends
backend, address, rank = sys.argv[1], sys.argv[2], int(sys.argv[3])
host = address.rsplit(":", 1)[0]
group = backends.load(backend).join(address, host, rank, 2, 60)
assert group.sum(np.array([rank + 1], np.int32)).tolist() == [3]
mine = {os.readlink(path) for path in Path("/proc/self/fd").iterdir() if path.is_symlink()}
found = []
for table in ("tcp", "tcp6"):
    for line in map(str.split, Path(f"/proc/net/{table}").read_text().splitlines()[1:]):
        if line[3] == "0A" and f"socket:[{line[9]}]" in mine:
            found.append(line[1].rsplit(":", 1)[0].removeprefix("0000000000000000FFFF0000"))  # IPv4 in IPv6's table
group.sum(np.array([0], np.int32))  # both have looked
print(json.dumps(found), flush=True)
group.leave()
os._exit(0)
"""


def as_the_kernel_writes(host):
    return f"{int.from_bytes(socket.inet_aton(host), 'little'):08X}"


def test_ranks_listen_on_the_published_address_only():
    # Loopback is a whole network; no service's default is its third address.
    host = "127.0.0.3" if backends.choose() == "jax" else "127.0.0.1"
    address = f"{host}:{rendezvous._free_port(host)}"
    environment = {**os.environ, **backends.environment(backends.choose(), 1)}
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", RANK, backends.choose(), address, str(rank)],
            env=environment,
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[3],
        )
        for rank in range(2)
    ]
    said = [process.communicate(timeout=120)[0] for process in processes]
    assert [process.returncode for process in processes] == [0, 0]
    listening = [set(json.loads(each.splitlines()[-1])) for each in said]
    assert listening == [{as_the_kernel_writes(host)}] * 2
