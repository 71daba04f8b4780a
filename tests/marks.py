"""Marks of single tests."""

import pytest

from sparkeras.engine import backends

_TORCH = backends.choose() == "torch"
# Of a test that runs on JAX by default and on torch with "-m torch".
on_torch_too = pytest.mark.torch if _TORCH else lambda test: test
