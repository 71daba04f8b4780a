"""Marks of single tests."""

import pytest

from sparkeras import backends

# Of a test that runs on JAX by default and on torch with "-m torch".
on_torch_too = pytest.mark.torch if backends.choose() == "torch" else lambda test: test
