"""TensorFlow trains with one worker, and says so."""

import pytest

from sparkeras.engine import backends
from sparkeras.errors import SetupError

pytestmark = pytest.mark.tensorflow


def test_ranks_cannot_join():
    with pytest.raises(SetupError, match="TensorFlow trains with one worker. Use the backend jax or torch for several"):
        backends.load("tensorflow").join("127.0.0.1:1", "127.0.0.1", 0, 2, timeout_seconds=1)
