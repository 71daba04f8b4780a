"""Spark ML's ``write`` and ``read`` for stages that hold a Keras model.

Runs on: driver.

A saved stage is a folder::

    model.keras    a plain Keras model; Keras opens it without Spark
    about.json     versions, inputs and outputs, seconds per part of the training
    history.csv    its epochs
    features.json  what was learned of the columns, or the kinds to learn them by; only where there is such
    code.pkl       modelFn and callbacks of an estimator, by value; only where it has such
    metadata/      Spark's own: class, uid, Params; written last
"""

from __future__ import annotations

import importlib.metadata
import json
import re
import tempfile
import warnings
import zipfile
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import keras
from pyspark.ml.util import DefaultParamsReader, MLReadable, MLReader, MLWritable, MLWriter

from sparkeras import zoo
from sparkeras.engine import blueprint, load_policy
from sparkeras.engine.blueprint import byvalue
from sparkeras.engine.blueprint.compiling import open_compiled, own_compile
from sparkeras.engine.blueprint.extra_state import beside_file, put_beside
from sparkeras.engine.columns.texts import Texts, Vocabulary
from sparkeras.engine.history import TrainingHistory
from sparkeras.errors import InvalidParamError, SavedStageError, SparkerasError
from sparkeras.spark import folders, internals
from sparkeras.spark.error_messages import is_missing_path

_CODE = ("callbacks",)  # Params that are Python objects
_COMPARED = ("sparkeras", "keras", "pyspark")
_ABOUT = {"versions", "files", "texts", "compiled", "history"}


@dataclass(frozen=True)
class Parts:
    """The contents of a stage beside its Params.

    Attributes
    ----------
    model : keras.Model or None
    history : TrainingHistory or None
    texts : Texts
        The numbers of texts in label and feature columns.
    code : dict
        Python objects, which are saved by value.
    features : str or None
        What was learned of the columns, or how an estimator learns them, as JSON.
    """

    model: keras.Model | None
    history: TrainingHistory | None = None
    texts: Texts = field(default_factory=Texts)
    code: dict[str, Any] = field(default_factory=dict)
    features: str | None = None


class SavedStage(MLWritable, MLReadable[Any]):
    """A stage that ``write()`` saves and ``load`` opens.

    A subclass has two methods: ``_saved_parts`` returns its Parts, and ``_from_parts`` makes a stage of them.
    """

    def write(self) -> StageWriter:
        """Return the writer of this stage: ``write().overwrite().save(path)``."""
        return StageWriter(self)

    @classmethod
    def read(cls) -> StageReader:
        """Return the reader of such stages: ``read().load(path)``; ``sparkeras.loading`` sets what it may open."""
        return StageReader(cls)


class StageWriter(MLWriter):
    """Write a stage to a folder, whole or not at all."""

    def __init__(self, stage: Any) -> None:
        super().__init__()
        self.stage = stage

    def save(self, path: str) -> None:
        """Write to ``path``, local or of any file system that Spark knows.

        Raises
        ------
        SavedStageError
            If something is there and ``overwrite()`` was not called, or the stage cannot be saved.
        """
        folders.write(self.sparkSession, path, self._put_files, self._put_metadata, self.shouldOverwrite)

    def _put_files(self, target: Any) -> None:
        parts = self.stage._saved_parts()
        model, history = parts.model, parts.history
        code = parts.code | {name: self.stage.getOrDefault(name) for name in _CODE if _is_set(self.stage, name)}
        files = {}
        if model is not None:
            files["model.keras"] = blueprint.saved_by_keras(model)
            if beside := beside_file(model):
                files["beside.bin"] = beside
        if parts.features is not None:
            files["features.json"] = parts.features.encode()
        if code:
            files["code.pkl"] = byvalue.dumps(code, "modelFn or a callback")
        # Files that an older stage left in the folder are not listed: a client of Connect cannot remove them.
        about = _about(parts) | {"files": [*files, *(["history.csv"] if history else [])]}
        files["about.json"] = json.dumps(about, indent=1).encode()
        with tempfile.TemporaryDirectory(prefix="sparkeras-") as folder:
            if history is not None:
                history.write_csv(Path(folder) / "history.csv")
            for name, data in files.items():
                (Path(folder) / name).write_bytes(data)
            for file in sorted(Path(folder).iterdir()):
                target.put(file.name, file)

    def _put_metadata(self, path: str) -> None:
        params = {name: value for name, value in internals.params_of(self.stage).items() if name not in _CODE}
        spark = self.sparkSession
        metadata = internals.stage_metadata(self.stage, spark, params)
        # As Spark's own saveMetadata, but over an older one: a client of Connect cannot remove that.
        spark.createDataFrame([(metadata,)], ["value"]).coalesce(1).write.mode("overwrite").text(f"{path}/metadata")


class StageReader(MLReader[Any]):
    """Open a stage that ``StageWriter`` wrote."""

    def __init__(self, kind: type[Any]) -> None:
        super().__init__()
        self.kind = kind

    def load(self, path: str) -> Any:
        """Return the stage saved at ``path``.

        Raises
        ------
        SavedStageError
            If there is none, it is of another class, or ``sparkeras.loading`` does not allow its contents.
        """
        metadata = self._metadata(path)
        about = self._about(path)
        _compare(about["versions"], path)
        saved = self._file(path, about, "model.keras")
        beside = self._file(path, about, "beside.bin")
        model = None if saved is None else _opened(saved, about, path)
        if beside:
            put_beside(model, beside)
        code = self._code(path, about)
        settings = {name: code.pop(name) for name in _CODE if name in code}
        features = (self._file(path, about, "features.json") or b"").decode() or None
        parts = Parts(model, self._history(path, about), _texts(about["texts"]), code, features)
        try:
            stage = self._class(metadata, path)._from_parts(parts)
        except InvalidParamError as error:  # of features.json: damaged, or of a newer version
            raise SavedStageError(f"{path}: {error}") from error
        stage._resetUid(metadata["uid"])
        DefaultParamsReader.getAndSetParams(stage, metadata)
        return stage.setParams(**settings)

    def _metadata(self, path: str) -> dict[str, Any]:
        try:
            return DefaultParamsReader.loadMetadata(path, self.sparkSession)
        except Exception as error:  # Spark's own kinds differ between classic and Connect
            if not is_missing_path(error) and not isinstance(error, TypeError | ValueError):
                raise
            raise SavedStageError(f"{path} holds no saved stage: its metadata is missing or damaged.") from error

    def _about(self, path: str) -> dict[str, Any]:
        try:
            about = json.loads(folders.read(self.sparkSession, path, "about.json") or b"")
        except (TypeError, ValueError):
            about = {}
        if not isinstance(about, dict) or not about.keys() >= _ABOUT:
            raise _damaged(path, "about.json")
        return about

    def _class(self, metadata: dict[str, Any], path: str) -> type[Any]:
        name = str(metadata["class"]).rsplit(".", 1)[-1]
        kinds = [self.kind]
        for kind in kinds:
            kinds.extend(kind.__subclasses__())
        named = [kind for kind in kinds if kind.__name__ == name]
        if not named:
            raise SavedStageError(f"{path} holds a {name}, not a {self.kind.__name__}. Load it with {name}.load.")
        return named[0]

    def _file(self, path: str, about: dict[str, Any], name: str) -> bytes | None:
        if name not in about["files"]:
            return None
        data = folders.read(self.sparkSession, path, name)
        if not data:
            raise _damaged(path, name)
        return data

    def _history(self, path: str, about: dict[str, Any]) -> TrainingHistory | None:
        data = self._file(path, about, "history.csv")
        if data is None:
            return None
        with tempfile.TemporaryDirectory(prefix="sparkeras-") as folder:
            file = Path(folder) / "history.csv"
            file.write_bytes(data)
            try:
                history = TrainingHistory.read_csv(file)
            except (KeyError, TypeError, ValueError) as error:
                raise _damaged(path, "history.csv") from error
        for name, value in about["history"].items():
            setattr(history, name, value)
        return history

    def _code(self, path: str, about: dict[str, Any]) -> dict[str, Any]:
        data = self._file(path, about, "code.pkl")
        if data is None:
            return {}
        if not load_policy.current().unpickle:
            raise SavedStageError(
                f"{path} holds code (modelFn or callbacks), which runs when it is opened. If you trust its maker, load "
                "it within: with sparkeras.loading(unpickle=True)"
            )
        return byvalue.loads(data)


def _damaged(path: str, name: str) -> SavedStageError:
    return SavedStageError(f"{path} is damaged: its {name} is missing or broken. Save the stage again.")


def _is_set(stage: Any, name: str) -> bool:
    return stage.hasParam(name) and stage.isSet(name)


def _about(parts: Parts) -> dict[str, Any]:
    model, history = parts.model, parts.history
    packages = (*_COMPARED, keras.config.backend())
    return {
        "versions": {package: importlib.metadata.version(package) for package in packages},
        "signature": model and blueprint.signature(model),
        "texts": asdict(parts.texts),
        "compiled": model and own_compile(model),
        # The epochs are in history.csv, where seconds are rounded.
        "history": {k: v for k, v in asdict(history).items() if k != "epochs"} if history else {},
    }


def _texts(saved: dict[str, Any]) -> Texts:
    """Return the Texts of about.json; older files, without categories, have no ``whole``."""
    vocabularies = {
        column: Vocabulary(tuple(each["words"]), each.get("whole", False))
        for column, each in saved["vocabularies"].items()
    }
    return Texts(saved["classes"] and tuple(saved["classes"]), vocabularies)


def _compare(versions: dict[str, str], path: str) -> None:
    other = []
    for package in _COMPARED:
        here = importlib.metadata.version(package)
        if versions[package].split(".")[:2] != here.split(".")[:2]:
            other.append(f"{package} {versions[package]} (here {here})")
    if other:
        warnings.warn(f"{path} was saved with {', '.join(other)}. Check that it predicts as before.", stacklevel=4)


def _opened(saved: bytes, about: dict[str, Any], path: str) -> keras.Model:
    allowed = load_policy.current()
    zoo.register()
    with tempfile.TemporaryDirectory(prefix="sparkeras-") as folder:
        file = Path(folder) / "model.keras"
        file.write_bytes(saved)
        if not zipfile.is_zipfile(file):
            raise _damaged(path, "model.keras")
        try:
            return open_compiled(file, allowed.custom_objects, allowed.safe_mode, about["compiled"])
        except SparkerasError:
            raise
        except (TypeError, ValueError, ImportError) as error:
            raise SavedStageError(f"The model in {path} does not open. {_cure(str(error), allowed)}") from error


def _cure(message: str, allowed: load_policy.Allowed) -> str:
    missing = re.search(r"Could not locate (?:class|function) '([^']+)'", message)
    if missing:
        return (
            f"Keras does not know {missing[1]!r}. Load it within: with sparkeras.loading(custom_objects="
            f"{{{missing[1]!r}: ...}}), or register it with keras.saving.register_keras_serializable."
        )
    if allowed.safe_mode and "unsafe" in message.lower():
        return (
            "It holds code (a Lambda layer), which runs when it is opened. If you trust its maker, load it within: "
            "with sparkeras.loading(safe_mode=False)"
        )
    return message.splitlines()[0]
