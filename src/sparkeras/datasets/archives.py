"""Unpack an archive whole or not at all, and never outside of its folder.

Runs on: driver.
"""

from __future__ import annotations

import os
import shutil
import tarfile
import zipfile
from pathlib import Path

from sparkeras.errors import DataError


def unpack(path: Path, folder: Path) -> None:
    """Unpack ``path`` (.zip, .tgz, .tar.gz) into ``folder``; each of its top folders appears there when it is whole.

    Raises
    ------
    DataError
        If it is damaged, or a name in it leads out of the folder.
    """
    partial = Path(folder) / f".{path.name}.partial"
    shutil.rmtree(partial, ignore_errors=True)
    try:
        partial.mkdir()
        if path.suffix == ".zip":
            with zipfile.ZipFile(path) as archive:
                archive.extractall(partial)  # which cuts ".." and roots off
        else:
            with tarfile.open(path) as archive:
                archive.extractall(partial, filter="data")
        for top in partial.iterdir():
            os.replace(top, Path(folder) / top.name)
    except (tarfile.TarError, zipfile.BadZipFile, EOFError, OSError) as error:
        raise DataError(f"'{path}' cannot be unpacked: {error}. Is there room on the disk?") from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)
