"""Downloads: verified by SHA-256, kept in the cache folder, never used half-finished.

Runs on: driver.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
import warnings
from pathlib import Path

from sparkeras.datasets import archives
from sparkeras.datasets.contract import Entry, RemoteFile
from sparkeras.errors import DataError, require_packages
from sparkeras.files.cache_folder import cache_folder

CONNECT_SECONDS = 20


def dataset_folder(name: str) -> Path:
    """Return where a downloaded data set lies or would lie."""
    return cache_folder() / "datasets" / name


def is_complete(entry: Entry) -> bool:
    """Tell whether every file of ``entry`` is in the cache with the right checksum (10 ms for MNIST)."""
    folder = dataset_folder(entry.place)
    if entry.images and entry.images(folder) is None:
        return False
    return bool(entry.files) and all(_is_whole(folder / file.name, file) for file in entry.files)


def download(entry: Entry, progress: bool = True) -> Path:
    """Bring every file of ``entry`` into the cache and return their folder.

    Parameters
    ----------
    entry : contract.Entry
        Its mirrors are tried in order; ``$SPARKERAS_MIRROR`` (which holds a folder for each data set) goes first.
    progress : bool
        Show a bar on standard error.

    Raises
    ------
    DataError
        If no mirror gives a file with the right checksum; says which files to put where by hand.
    """
    folder = dataset_folder(entry.place)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DataError(f"The cache '{folder}' cannot be made: {error.strerror}. Set SPARKERAS_CACHE.") from error
    for file in entry.files:
        if not _is_whole(folder / file.name, file):
            _from_mirrors(entry, file, folder, progress)
    if entry.images and entry.images(folder) is None:
        archives.unpack(folder / entry.files[0].name, folder)
    return folder


def clean() -> int:
    """Empty the cache of downloads and return the bytes that this freed."""
    folder = cache_folder() / "datasets"
    freed = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    shutil.rmtree(folder, ignore_errors=True)
    return freed


def _is_whole(path: Path, file: RemoteFile) -> bool:
    """Tell whether ``path`` has the size and checksum of ``file``: a disk may damage a whole download later."""
    if not path.is_file() or file.bytes not in (None, path.stat().st_size):
        return False
    with open(path, "rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest() == file.sha256


def _from_mirrors(entry: Entry, file: RemoteFile, folder: Path, progress: bool) -> Path:
    own = os.environ.get("SPARKERAS_MIRROR")
    addresses = [f"{own.rstrip('/')}/{entry.place}/{file.name}"] if own else []
    path = file.path or file.name
    addresses += [path] if "://" in path else [f"{mirror.rstrip('/')}/{path}" for mirror in entry.mirrors]
    failures = []
    for address in addresses:
        try:
            return _retrieve(address, file, folder, progress)
        except Exception as error:  # requests, urllib3, pooch and the disk each raise their own
            failures.append(f"{address} ({_cause(error)})")
    raise DataError(
        f"{file.name} of {entry.name} could not be downloaded: {'; '.join(failures)}. Put "
        f"{', '.join(each.name for each in entry.files)} into '{folder}' or into $SPARKERAS_DATA/{entry.place} by hand."
    )


def _retrieve(address: str, file: RemoteFile, folder: Path, progress: bool) -> Path:
    """Download to a temporary file and rename it when its checksum is right; pooch does so and removes broken ones."""
    import logging
    from contextlib import nullcontext

    require_packages("tools", "pooch", "rich")
    with warnings.catch_warnings():  # where tqdm happens to be installed, pooch makes it look for a notebook's widgets
        warnings.filterwarnings("ignore", "IProgress not found")
        import pooch

    pooch.get_logger().setLevel(logging.WARNING)
    (Path(folder) / file.name).parent.mkdir(parents=True, exist_ok=True)
    with _Bar(file) if progress else nullcontext(False) as bar:
        downloader = pooch.HTTPDownloader(timeout=CONNECT_SECONDS, progressbar=bar)
        pooch.retrieve(address, f"sha256:{file.sha256}", fname=file.name, path=folder, downloader=downloader)
    return Path(folder) / file.name


class _Bar:
    """pooch's progress protocol drawn by rich, since tqdm is not a dependency of ours."""

    def __init__(self, file: RemoteFile) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, DownloadColumn, Progress, TransferSpeedColumn

        self.total = file.bytes  # pooch sets it
        console = Console(file=sys.stderr, force_jupyter=False)  # its notebook form needs ipywidgets
        self.bar = Progress(file.name, BarColumn(), DownloadColumn(), TransferSpeedColumn(), console=console)
        self.task = self.bar.add_task(file.name, total=file.bytes)

    def __enter__(self) -> _Bar:
        self.bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.bar.stop()  # after a broken download too: else the bar keeps drawing over the next lines

    def update(self, count: int) -> None:
        self.bar.update(self.task, advance=count)

    def reset(self) -> None:
        # pooch rewinds the bar at the end and fills it in one step.
        self.bar.reset(self.task)

    def close(self) -> None:
        self.bar.refresh()


def _cause(error: Exception) -> str:
    import requests

    if isinstance(error, requests.exceptions.Timeout):
        return f"no answer within {CONNECT_SECONDS} seconds"
    if isinstance(error, requests.exceptions.ConnectionError):
        return "no connection"
    text = " ".join(str(error).split())
    return text.split(" for url")[0][:160] if text else type(error).__name__
