"""Marks of single tests."""

import pytest

from sparkeras import backends

# Of a minute's test that torch does in its own part of a whole run; on JAX it is slow.
slow_but_on_torch = pytest.mark.torch if backends.choose() == "torch" else pytest.mark.slow
