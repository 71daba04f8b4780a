"""Marks of single tests."""

import pytest

from sparkeras import backends

_TORCH = backends.choose() == "torch"
# Of a test that runs on JAX by default and on torch with "-m torch".
on_torch_too = pytest.mark.torch if _TORCH else lambda test: test
# Of a minute's test that torch does in its own part of a whole run; on JAX it is slow.
slow_but_on_torch = pytest.mark.torch if _TORCH else pytest.mark.slow
