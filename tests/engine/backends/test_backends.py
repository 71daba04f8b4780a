"""Which backend is taken, and what each needs in its environment."""

import json
import subprocess
import sys

import pytest

from sparkeras.engine import backends
from sparkeras.errors import SetupError

CHOOSE = "from sparkeras.engine import backends; print(backends.choose())"


def chosen(tmp_path, **environment):
    done = subprocess.run(
        [sys.executable, "-c", CHOOSE],
        capture_output=True,
        text=True,
        env={"PATH": "", "KERAS_HOME": str(tmp_path), **environment},
    )
    return done.stdout.strip() or done.stderr.strip().splitlines()[-1]


def test_the_variable_comes_first_then_an_installed_wish_then_the_first_installed(tmp_path):
    first = next(name for name in backends.NAMES if backends.importlib.util.find_spec(name))
    assert chosen(tmp_path) == first
    missing = [name for name in backends.NAMES if not backends.importlib.util.find_spec(name)]
    for name in missing:
        # Keras itself writes "tensorflow" into a new settings file; that alone is no reason to fail.
        (tmp_path / "keras.json").write_text(json.dumps({"backend": name}))
        assert chosen(tmp_path) == first
        assert f"'{name}' is not installed here; pip install {name} brings it" in chosen(tmp_path, KERAS_BACKEND=name)
    assert chosen(tmp_path, KERAS_BACKEND=first) == first


def test_an_unknown_backend_is_refused():
    with pytest.raises(SetupError, match="Unknown backend 'mxnet'; sparkeras works with jax, torch, tensorflow"):
        backends.environment and backends.load("mxnet") if "keras" not in sys.modules else backends._require("mxnet")


def test_threads_are_set_for_each_backend():
    assert backends.environment("jax", 3)["NPROC"] == "3"
    assert backends.environment("tensorflow", 3)["TF_NUM_INTRAOP_THREADS"] == "3"
    made = backends.environment("torch", 3)
    assert (made["KERAS_BACKEND"], made["OMP_NUM_THREADS"]) == ("torch", "3")
