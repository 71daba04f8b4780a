"""Where sparkeras keeps files on this machine. Runs on: driver."""

import os
import tempfile
import warnings
from pathlib import Path

with warnings.catch_warnings():  # where tqdm happens to be installed, pooch makes it look for a notebook's widgets
    warnings.filterwarnings("ignore", "IProgress not found")
    import pooch


def cache_folder():
    """Return the folder of downloads and of the Java shim: ``$SPARKERAS_CACHE``, else the user's cache folder."""
    try:
        return Path(os.environ.get("SPARKERAS_CACHE") or pooch.os_cache("sparkeras")).expanduser().absolute()
    except RuntimeError:  # a user whom the machine does not know has no home, as in a container with a user id alone
        return Path(tempfile.gettempdir(), f"sparkeras-{os.getuid()}")
