"""The architecture that a file holds, before anything is made of it: JSON, or the attributes of a whole model's HDF5.

Runs on: driver.
"""

import dataclasses
import json
import re
from pathlib import Path

import h5py

from sparkeras.errors import DataError
from sparkeras.legacy import archives, foreign, weights_file
from sparkeras.legacy.names import COMMON

# Arguments that Keras 2 had no more, and those that Keras 1 had not yet: what tells them apart without a version.
KERAS_1_KEYS = (set(COMMON) - {"output_dim", "stride", "length"}) | {"nb_row", "input_dtype", "consume_less", "p"}
CODE = ("Lambda", "__lambda__")


@dataclasses.dataclass
class Architecture:
    """What a file says of a model, as it says it.

    ``document`` has ``class_name`` and ``config``; ``training`` is how the model was compiled, or None;
    ``holds_weights`` tells of a whole model in one HDF5 file.
    """

    path: Path
    document: dict
    version: str | None
    backend: str | None
    training: dict | None = None
    holds_weights: bool = False

    @property
    def era(self):
        """Return the major version of Keras: as recorded, else by the names that the file uses."""
        found = re.match(r"\d+", self.version or "")
        if found:
            return int(found.group())
        if "module" in self.document:  # Keras 3 records modules and no version
            return 3
        return 1 if any(KERAS_1_KEYS & set(each) for each in _dicts(self.document)) else 2

    @property
    def dim_ordering(self):
        """Return the one dim_ordering of all layers of a Keras 1 file that tell theirs, or None."""
        found = {each["dim_ordering"] for each in _dicts(self.document) if isinstance(each.get("dim_ordering"), str)}
        return found.pop() if len(found) == 1 else None

    @property
    def code(self):
        """Return the name of a layer that is held as code, or None."""
        for each in _dicts(self.document):
            if each.get("class_name") in CODE:
                config = each.get("config")
                return str(config.get("name", "lambda") if isinstance(config, dict) else "lambda")
        return None


def open_architecture(path):
    """Read a file of JSON, or of HDF5 with a whole model.

    Raises
    ------
    DataError
        If the file is missing, damaged or something else.
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


def _of_archive(path):
    if not archives.is_archive(path):
        raise DataError(f"'{path}' is no whole .keras file (a zip archive). Copy it again.")
    text = archives.config(path)
    if not archives.is_old(path):
        version = archives.version(path)
        by = f" of Keras {version}" if version else ""
        raise DataError(f"'{path}' is no old file but a .keras file{by}; keras.saving.load_model opens those.")
    document = _of_json(text, path)[0]
    said = archives.training(document)
    # TensorFlow alone wrote this kind of file before Keras 3.
    return Architecture(path, document, archives.version(path), "tensorflow", said, holds_weights=True)


def _of_whole_model(path):
    with weights_file.opened(path) as file:
        config = weights_file.text(file.attrs.get("model_config"))
        if config is None:
            raise DataError(
                f"'{path}' holds weights and no architecture. Name the JSON file of the architecture first, then this."
            )
        document, version, backend = _of_json(config, path)
        training = weights_file.text(file.attrs.get("training_config"))
        said = weights_file.written_by(file)
        return Architecture(
            path,
            document,
            said[0] or version,
            said[1] or backend,
            _parsed(training, path) if training else None,
            holds_weights=True,
        )


def _of_json(text, path):
    """Return (document, version, backend)."""
    document = _parsed(text, path)
    if isinstance(document, str):  # to_json gives a text, which many wrote by json.dump once more
        document = _parsed(document, path)
    if not isinstance(document, dict) or not {"class_name", "config"} <= set(document):
        raise DataError(
            f"'{path}' holds no architecture; expected what model.to_json() gives, with class_name and config."
        )
    return document, document.get("keras_version"), document.get("backend")


def _parsed(text, path):
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        at = f" at line {error.lineno}, column {error.colno}" if isinstance(error, json.JSONDecodeError) else ""
        raise DataError(f"'{path}' is no JSON{at}; expected what model.to_json() gives. Is it whole?") from None


def _dicts(structure):
    queue = [structure]
    while queue:
        each = queue.pop()
        if isinstance(each, dict):
            yield each
            queue += each.values()
        elif isinstance(each, list):
            queue += each
