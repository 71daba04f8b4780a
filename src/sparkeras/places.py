"""Where sparkeras keeps files on this machine. Runs on: driver. Imports: pooch only."""

import os
import warnings
from pathlib import Path

with warnings.catch_warnings():  # where tqdm happens to be installed, pooch makes it look for a notebook's widgets
    warnings.filterwarnings("ignore", "IProgress not found")
    import pooch


def cache_folder():
    """Return the folder of downloads and of the Java shim: ``$SPARKERAS_CACHE``, else the user's cache folder."""
    return Path(os.environ.get("SPARKERAS_CACHE") or pooch.os_cache("sparkeras")).expanduser().absolute()
