"""The share of the default run: on another backend than JAX it carries that backend's mark, as all its tests do."""

from pathlib import Path

import pytest

from sparkeras.engine import backends


@pytest.hookimpl(tryfirst=True)  # before "-m" selects
def pytest_collection_modifyitems(items):
    backend = backends.choose()
    for item in items:
        here = item.path.is_relative_to(Path(__file__).parent)
        if here and backend != "jax" and not item.get_closest_marker("conformance"):
            item.add_marker(backend)
