"""Where sparkeras keeps files on this machine. Runs on: driver. Imports: pooch only."""

import os
from pathlib import Path


def cache_folder():
    """Return the folder of downloads and of the Java shim: ``$SPARKERAS_CACHE``, else the user's cache folder."""
    given = os.environ.get("SPARKERAS_CACHE")
    if given:
        return Path(given).expanduser()
    import pooch

    return Path(pooch.os_cache("sparkeras"))
