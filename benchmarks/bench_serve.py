"""A model server under load: requests per second and waiting times, with and without shared passes.

Run: python benchmarks/bench_serve.py [SECONDS]; needs ``wrk`` (Debian has it), Linux.

The server has one core, the load tool (wrk, from outside, over loopback) the other. Each request brings one row of
784 numbers. Floors in the same run: a bare Starlette handler that parses the same body and answers ten numbers, and
plain Keras' ``predict`` of one row in a process that serves nobody. At last 64 clients for a minute: errors, and the
server's memory before and after.
"""

import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from table import show

CLIENTS = (1, 8, 64)
BARE = """
import orjson, socket, sys, uvicorn
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

async def answer(request):
    rows = orjson.loads(await request.body())["instances"]
    return Response(orjson.dumps({"predictions": [[0.1] * 10 for _ in rows]}), media_type="application/json")

app = Starlette(routes=[Route("/v1/models/{name}:predict", answer, methods=["POST"])])
uvicorn.run(app, port=int(sys.argv[1]), log_level="error")
"""
PLAIN = """
import sys, time, numpy as np
from sparkeras.engine import model_files
model = model_files.open_file(sys.argv[1])
x = np.zeros((1, *model.inputs[0].shape[1:]), "float32")
for _ in range(20): model.predict(x, verbose=0)
began, count = time.perf_counter(), 200
for _ in range(count): model.predict(x, verbose=0)
print((time.perf_counter() - began) / count)
"""


def main():
    seconds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    rows, notes = [], []
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        body = {"instances": [[[round((i * j) % 255) for j in range(28)] for i in range(28)]]}
        script = folder / "post.lua"
        script.write_text(
            'wrk.method = "POST"\nwrk.body = [=[' + json.dumps(body) + "]=]\n"
            'wrk.headers["Content-Type"] = "application/json"\n'
        )
        for name in ("mlp", "cnn"):
            make_run(folder / name, name)
        for name in ("bare", "mlp", "cnn"):
            for batch_rows in (None,) if name == "bare" else (1, 64):
                rows += measured(folder, name, batch_rows, script, seconds)
        for name in ("mlp", "cnn"):
            each = float(output(pinned(0, [sys.executable, "-c", PLAIN, str(folder / name / "model.keras")])))
            notes.append(f"Plain Keras predict of one row, {name}: {1000 * each:.2f} ms, {1 / each:,.0f} per second.")
        notes.append(endurance(folder, script))
    columns = ("model", "shared passes", "clients", "requests per second", "p50 ms", "p99 ms", "errors")
    show("bench_serve: a model server under load", columns, rows, notes)


def make_run(folder, name):
    """Write a run with an untrained model of the zoo: what it says costs the same."""
    from sparkeras import zoo
    from sparkeras.runs.run_folder import SUMMARY_KEYS

    model = zoo.build(name, (28, 28), 10, scaling=("rescale", 1 / 255))
    folder.mkdir()
    model.save(folder / "model.keras")
    summary = {key: {} for key in SUMMARY_KEYS} | {"data": {"name": "mnist", "task": "classification"}}
    (folder / "summary.json").write_text(json.dumps(summary))


def measured(folder, name, batch_rows, script, seconds):
    with Served(folder, name, batch_rows) as server:
        load(server, script, 8, 2)
        found = [(clients, load(server, script, clients, seconds)) for clients in CLIENTS]
    shared = {None: "-", 1: "no", 64: "yes"}[batch_rows]
    return [
        (name, shared, clients, f"{rate:,.0f}", f"{p50:.1f}", f"{p99:.1f}", errors)
        for clients, (rate, p50, p99, errors) in found
    ]


def endurance(folder, script, seconds=60):
    with Served(folder, "cnn", 64) as server:
        load(server, script, 64, 5)
        before = server.megabytes()
        rate, _, p99, errors = load(server, script, 64, seconds)
        after = server.megabytes()
    return (
        f"64 clients for {seconds} s (cnn): {rate * seconds:,.0f} requests, {errors} errors, p99 {p99:.0f} ms; the "
        f"server's memory {before:,.0f} MB before and {after:,.0f} MB after."
    )


class Served:
    """A server on core 0: a context."""

    def __init__(self, folder, name, batch_rows):
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.port = probe.getsockname()[1]
        self.name = name
        command = [sys.executable, "-c", BARE, str(self.port)]
        if name != "bare":
            command = [sys.executable, "-m", "sparkeras.cli.app", "serve", str(folder / name)]
            command += ["--port", str(self.port), "--batch-rows", str(batch_rows)]
        self.process = subprocess.Popen(pinned(0, command), stdout=subprocess.DEVNULL)

    def __enter__(self):
        for _ in range(600):
            time.sleep(0.1)
            try:
                socket.create_connection(("127.0.0.1", self.port)).close()
                return self
            except OSError:
                continue
        sys.exit("The server does not answer.")

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()

    def megabytes(self):
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", status)[1]) / 1024


def load(server, script, clients, seconds):
    """Return requests per second, p50 and p99 in milliseconds, and errors."""
    address = f"http://127.0.0.1:{server.port}/v1/models/{server.name}:predict"
    command = ["wrk", "-t1", f"-c{clients}", f"-d{seconds}s", "--latency", "--timeout", "10s", "-s", script, address]
    said = output(pinned(1, map(str, command)))
    unit = {"us": 1e-3, "ms": 1, "s": 1e3}
    p50, p99 = (
        float(n) * unit[u] for n, u in (re.search(rf"{p}%\s+([\d.]+)(us|ms|s)", said).groups() for p in (50, 99))
    )
    errors = sum(map(int, re.findall(r"(?:connect|read|write|timeout) (\d+)", said)))
    refused = re.search(r"Non-2xx or 3xx responses: (\d+)", said)
    return (
        float(re.search(r"Requests/sec:\s+([\d.]+)", said)[1]),
        p50,
        p99,
        errors + (int(refused[1]) if refused else 0),
    )


def pinned(core, command):
    return ["taskset", "-c", str(core), *command]


def output(command):
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "NPROC": "1"}, check=False)
    if done.returncode:
        sys.exit(done.stderr)
    return done.stdout


if __name__ == "__main__":
    main()
