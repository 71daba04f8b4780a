"""Runs that are damaged, or made to do harm, beside a good one, which is shown as ever."""

import json
import os
import shutil
import time
import zipfile

import pytest

from sparkeras.lab.app import build
from tests.lab.conftest import answering
from tests.lab.hostile import send
from tests.lab.test_draw import desk  # noqa: F401 - trains the first run, where nobody has yet


def change(**parts):
    """Return what replaces parts of a summary: a value, or what becomes of an object."""

    def changed(folder):
        summary = json.loads((folder / "summary.json").read_text())
        for key, value in parts.items():
            summary[key] = summary[key] | value if isinstance(value, dict) else value
        (folder / "summary.json").write_text(json.dumps(summary))

    return changed


def write(name, content):
    return lambda folder: (folder / name).write_bytes(content)


def link(folder):
    (folder.parent.parent / "secret.jsonl").write_text('{"secret": 1}')
    (folder / "progress.jsonl").unlink()
    (folder / "progress.jsonl").symlink_to(folder.parent.parent / "secret.jsonl")


def pipe(folder):
    (folder / "progress.jsonl").unlink()
    os.mkfifo(folder / "progress.jsonl")


def bomb(folder):
    with zipfile.ZipFile(folder / "model.keras", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("config.json", " " * 100_000_000)


DAMAGES = {
    "data": change(data=[]),
    "half-a-character": change(data={"name": "\ud800"}),
    "classes": change(data={"class_names": ["\ud800"]}),
    "few-classes": change(data={"class_names": ["a"]}),
    "number-of-classes": change(data={"class_names": 7}),
    "parameters": change(parameters=10**40),
    "settings": change(settings=[]),
    "seed": change(settings={"seed": "x", "label": {}}),
    "figures": change(figures=None),
    "deep-summary": write("summary.json", b"[" * 200_000),
    "deep-progress": write("progress.jsonl", b"[" * 200_000),
    "bytes": write("progress.jsonl", b"\xff\xfe{}\n"),
    "history": write("history.csv", b"\xff\xfe"),
    "link": link,
    "pipe": pipe,
    "bomb": bomb,
}


@pytest.fixture(scope="module")
def damaged(tmp_path_factory):
    return tmp_path_factory.mktemp("damaged")


@pytest.mark.slow
def test_damaged_runs_harm_no_other(damaged, lab, desk):  # noqa: F811
    runs = damaged / "runs"
    for name in ("good", *DAMAGES):
        shutil.copytree(lab.folder / "runs" / "first-digits", runs / name)
    for name, damage in DAMAGES.items():
        damage(runs / name)
    shutil.copytree(runs / "good", runs / os.fsdecode(b"bad\xff"))
    (runs / "elsewhere").symlink_to(lab.folder / "runs" / "first-digits")
    drawn = json.dumps({"strokes": [[[1, 1], [2, 5]]]} | {"model": "NAME"})
    with answering(build(runs)) as address:
        for path in ("/api/runs", "/api/draw", "/v1/models", "/api/leaderboard"):
            answer = send(address, path=path)
            assert (answer.status, b'"good"' in answer.body) == (200, True), path
        for name in DAMAGES:
            for path in ("", "/progress", "/mistakes", "/diagram.png"):
                began = time.monotonic()
                answer = send(address, path=f"/api/runs/{name}{path}")
                assert answer.status in (200, 400, 404, 503), (name, path, answer.body)
                assert answer.status == 200 or answer.error
                assert b"secret" not in answer.body
                assert time.monotonic() - began < 15
            answer = send(address, "POST", "/api/draw", body=drawn.replace("NAME", name).encode())
            assert answer.status in (200, 400, 404, 503), (name, answer.body)
        assert send(address, path="/api/runs/elsewhere").status == 404
        assert "would unpack 'config.json'" in send(address, path="/v1/models/bomb").error
        assert send(address, path="/v1/models/good").status == 200
