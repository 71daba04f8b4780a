"""The architecture in a file, as plain dicts: from JSON, or from the attributes of a whole model's HDF5.

Runs on: driver.
"""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import h5py

from sparkeras.errors import DataError
from sparkeras.legacy import archives, foreign, weights_file
from sparkeras.legacy.names import COMMON

# Arguments of Keras 1 that Keras 2 renamed or dropped: they tell the two apart where a file has no version.
KERAS_1_KEYS = (set(COMMON) - {"output_dim", "stride", "length"}) | {"nb_row", "input_dtype", "consume_less", "p"}
CODE = ("Lambda", "__lambda__")


@dataclasses.dataclass
class Architecture:
    """The content of a model's file, untranslated.

    ``document`` has ``class_name`` and ``config``; ``training`` is the file's ``training_config``, or None;
    ``holds_weights`` is true for a whole model in one file.
    """

    path: Path
    document: dict[str, Any]
    version: str | None
    backend: str | None
    training: dict[str, Any] | None = None
    holds_weights: bool = False

    @property
    def era(self) -> int:
        """Return the major version of Keras: as recorded, else by the names that the file uses."""
        recorded = re.match(r"\d+", self.version or "")
        if recorded:
            return int(recorded.group())
        if "module" in self.document:  # Keras 3 records modules and no version
            return 3
        return 1 if any(KERAS_1_KEYS & set(each) for each in _dicts(self.document)) else 2

    @property
    def dim_ordering(self) -> str | None:
        """Return the dim_ordering of a Keras 1 file, if all layers that have one have the same; else None."""
        orders = {each["dim_ordering"] for each in _dicts(self.document) if isinstance(each.get("dim_ordering"), str)}
        return orders.pop() if len(orders) == 1 else None

    @property
    def code(self) -> str | None:
        """Return the name of a layer that is saved as code, or None."""
        for each in _dicts(self.document):
            if each.get("class_name") in CODE:
                config = each.get("config")
                return str(config.get("name", "lambda") if isinstance(config, dict) else "lambda")
        return None


def open_architecture(path: str | Path) -> Architecture:
    """Read a file of JSON, or of HDF5 with a whole model.

    Raises
    ------
    DataError
        If the file is missing, damaged or of another kind.
    """
    path = Path(path)
    if not path.is_file() or foreign.refusal(path):
        raise DataError(foreign.refusal(path) or f"There is no file '{path}'.")
    if h5py.is_hdf5(path):
        return _of_whole_model(path)
    if path.suffix == ".keras" or archives.is_archive(path):
        return _of_archive(path)
    try:
        return Architecture(path, *_of_json(path.read_text(encoding="utf-8"), path))
    except UnicodeDecodeError:
        raise DataError(f"'{path}' is neither JSON nor HDF5.") from None


def _of_archive(path: Path) -> Architecture:
    if not archives.is_archive(path):
        raise DataError(f"'{path}' is not a complete .keras file (a zip archive). Copy it again.")
    text = archives.config(path)
    if not archives.is_old(path):
        version = archives.version(path)
        by = f" of Keras {version}" if version else ""
        raise DataError(f"'{path}' is not an old file but a .keras file{by}; keras.saving.load_model opens those.")
    document = _of_json(text, path)[0]
    training = archives.training(document)
    # TensorFlow alone wrote this kind of file before Keras 3.
    return Architecture(path, document, archives.version(path), "tensorflow", training, holds_weights=True)


def _of_whole_model(path: Path) -> Architecture:
    with weights_file.opened(path) as file:
        config = weights_file.text(file.attrs.get("model_config"))
        if config is None:
            raise DataError(
                f"'{path}' holds weights and no architecture. Name the JSON file of the architecture first, then this."
            )
        document, version, backend = _of_json(config, path)
        training = weights_file.text(file.attrs.get("training_config"))
        written_by = weights_file.written_by(file)
        return Architecture(
            path,
            document,
            written_by[0] or version,
            written_by[1] or backend,
            _parsed(training, path) if training else None,
            holds_weights=True,
        )


def _of_json(text: str, path: Path) -> tuple[dict[str, Any], str | None, str | None]:
    """Return (document, version, backend)."""
    document = _parsed(text, path)
    if isinstance(document, str):  # to_json returns a text, which many wrote by json.dump once more
        document = _parsed(document, path)
    if not isinstance(document, dict) or not {"class_name", "config"} <= set(document):
        raise DataError(
            f"'{path}' holds no architecture; expected what model.to_json() gives, with class_name and config."
        )
    return document, document.get("keras_version"), document.get("backend")


def _parsed(text: str, path: Path) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        at = f" at line {error.lineno}, column {error.colno}" if isinstance(error, json.JSONDecodeError) else ""
        raise DataError(f"'{path}' is not JSON{at}; expected what model.to_json() gives. Is it whole?") from None


def _dicts(structure: Any) -> Iterator[dict[str, Any]]:
    queue = [structure]
    while queue:
        each = queue.pop()
        if isinstance(each, dict):
            yield each
            queue += each.values()
        elif isinstance(each, list):
            queue += each
