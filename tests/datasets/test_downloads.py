"""Downloads from a local server: verified, kept, and never used when broken."""

import functools
import gzip
import hashlib
import http.server
import threading
from dataclasses import replace

import numpy as np
import pytest

from sparkeras import datasets
from sparkeras.datasets import cache, registry
from sparkeras.datasets.contract import RemoteFile
from sparkeras.datasets.sets import mnist
from sparkeras.errors import DataError
from tests.datasets.made import idx_bytes


@pytest.fixture
def small_mnist(tmp_path, monkeypatch):
    """Serve a small data set of MNIST's format from a local server; yields (served folder, entry)."""
    served = tmp_path / "served" / "mnist"
    served.mkdir(parents=True)
    images = np.tile(np.arange(10, dtype=np.uint8)[:, None, None], (3, 28, 28))
    labels = np.tile(np.arange(10, dtype=np.uint8), 3)
    contents = [images, labels, images, labels]
    files = []
    for array, file in zip(contents, mnist.ENTRIES[0].files, strict=True):
        data = gzip.compress(idx_bytes(array), mtime=0)
        (served / file.name).write_bytes(data)
        files.append(RemoteFile(file.name, len(data), hashlib.sha256(data).hexdigest()))
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=str(tmp_path / "served"))
    handler.log_message = lambda *_: None
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}"
    entry = replace(mnist.ENTRIES[0], files=tuple(files), mirrors=(f"{address}/mnist/",))
    monkeypatch.setitem(registry.ENTRIES, "mnist", entry)
    monkeypatch.setenv("SPARKERAS_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("SPARKERAS_DATA", raising=False)
    yield served, entry
    server.shutdown()
    server.server_close()


def test_a_download_is_verified_kept_and_found_again(small_mnist):
    assert datasets.describe("mnist").where.startswith("not here")
    arrays = datasets.load_arrays("mnist")
    assert (arrays.source, len(arrays.x_train)) == ("download", 30)
    assert datasets.load_arrays("mnist").source == "cache"
    assert datasets.clean() > 0
    assert datasets.describe("mnist").where == "not here: sparkeras data fetch mnist"


@pytest.mark.parametrize("damage", ["cut", "wrong", "missing"])
def test_a_broken_download_is_refused_and_never_used(small_mnist, damage):
    served, entry = small_mnist
    victim = served / entry.files[2].name
    whole = victim.read_bytes()
    if damage == "missing":
        victim.unlink()
    else:
        victim.write_bytes(whole[:100] if damage == "cut" else whole[:-1] + b"?")
    with pytest.raises(DataError, match=r"t10k-images-idx3-ubyte\.gz of mnist could not be downloaded.*by hand"):
        datasets.fetch("mnist", progress=False)
    assert not (cache.dataset_folder("mnist") / victim.name).exists()
    victim.write_bytes(whole)
    assert datasets.fetch("mnist", progress=False) == cache.dataset_folder("mnist")


def test_the_second_mirror_serves_when_the_first_is_down(small_mnist, monkeypatch):
    _, entry = small_mnist
    monkeypatch.setitem(registry.ENTRIES, "mnist", replace(entry, mirrors=("http://127.0.0.1:9/", *entry.mirrors)))
    assert len(datasets.load_arrays("mnist").x_test) == 30


def test_a_file_damaged_in_the_cache_is_fetched_anew(small_mnist, capfd):
    _, entry = small_mnist
    victim = datasets.fetch("mnist", progress=True) / entry.files[1].name
    assert victim.name in capfd.readouterr().err  # the progress bar
    whole = victim.read_bytes()
    victim.write_bytes(whole[:-1] + b"?")
    assert datasets.describe("mnist").where.startswith("not here")
    assert len(datasets.load_arrays("mnist").x_train) == 30
    assert victim.read_bytes() == whole


def test_no_progress_bar_is_left_drawing_after_a_broken_download(small_mnist):
    served, entry = small_mnist
    (served / entry.files[0].name).unlink()
    with pytest.raises(DataError, match="404"):
        datasets.fetch("mnist", progress=True)
    for thread in threading.enumerate():
        if "rich" in type(thread).__module__:
            thread.join(2)  # rich tells its thread to end and does not wait
            assert not thread.is_alive()


def test_a_cache_that_cannot_be_made_is_named(small_mnist, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("SPARKERAS_CACHE", str(tmp_path / "file"))
    with pytest.raises(DataError, match="cannot be made.*Set SPARKERAS_CACHE"):
        datasets.fetch("mnist", progress=False)


def test_a_label_above_nine_in_mnist_is_named(small_mnist, monkeypatch, tmp_path):
    served, entry = small_mnist
    labels = np.tile(np.arange(10, dtype=np.uint8), 3)
    labels[4] = 11
    (served / entry.files[3].name).write_bytes(gzip.compress(idx_bytes(labels)))
    monkeypatch.setenv("SPARKERAS_DATA", str(served.parent))
    with pytest.raises(DataError, match="row 5 of the test labels is 11; mnist has 0 to 9"):
        datasets.load_arrays("mnist")
