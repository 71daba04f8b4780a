"""The caller's side of callbacks' files: what lies at their paths goes to the training, what they make comes back.

Runs on: driver.

A relative path means the caller's folder. An address (``s3://``, ``hdfs://``, ...) becomes a relative path while the
training lasts; Spark's own file systems carry the files there and back. ``file:`` is an absolute path.
"""

import os
import tempfile
import warnings
from pathlib import Path

from sparkeras.engine.callbacks import travelling
from sparkeras.engine.callbacks.places import places_of, require_places
from sparkeras.engine.stage import files
from sparkeras.spark import folders

_MOST_BYTES = 512 * 2**20  # a zip of them is held in memory by driver and workers


class CallbackFiles:
    """What the callbacks of one training read and write.

    Parameters
    ----------
    spark : SparkSession
    callbacks : list of keras.callbacks.Callback, or None

    Raises
    ------
    InvalidParamError
        If a callback cannot write where it means to, or what lies there is too large to be sent.
    """

    def __init__(self, spark, callbacks):
        self.spark, self.callbacks = spark, list(callbacks or [])
        self.places = places_of(self.callbacks)
        require_places(spark, self.places)
        upwards = max((_levels_up(each.path) for each in self.places if each.is_relative), default=0)
        here = Path.cwd()
        self.root = here.parents[upwards - 1] if upwards else here
        self.folder = here.relative_to(self.root).parts  # where relative paths begin, within root
        self.remote = {}  # where an address is kept during the training, below root: the address
        self.instead = [self._instead(number, callback) for number, callback in enumerate(self.callbacks)]

    def packed_callbacks(self, model):
        """Return the callbacks as bytes, to train ``model`` with."""
        return travelling.pack(self.callbacks, self.instead, model)

    def packed(self):
        """Return as bytes what lies at the callbacks' paths now."""
        with tempfile.TemporaryDirectory(prefix="sparkeras-") as copies:
            found = {}  # name below root: where it is; a folder's ends with a slash
            for place in self.places:
                if place.is_relative:
                    path = os.path.normpath(os.path.join(*self.folder, place.path))
                    found |= _found(self.root, path, place.reads)
                elif place.local is None:
                    path = self._kept_at(place)
                    if place.reads:
                        folders.fetch(self.spark, place.path, Path(copies, path))
                    Path(copies, path).parent.mkdir(parents=True, exist_ok=True)
                    found |= _found(copies, path, place.reads)
            self._require_room(found)
            return files.pack(found)

    def take(self, data):
        """Write what ``files.changed`` packed to the caller's folder, and to the addresses.

        What cannot be written costs a warning that says where it is kept: a training is worth more than its logs.
        """
        try:
            files.put_back(data, self.root, self._carried)
        except OSError as error:
            descriptor, path = tempfile.mkstemp(prefix="sparkeras-files-", suffix=".zip")
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
            warnings.warn(f"Callbacks' files were not all written ({error}). All are kept in {path}.", stacklevel=2)

    def give_back(self, attributes, model):
        """Give the caller's callbacks their attributes after the training of ``model``."""
        travelling.give_back(self.callbacks, attributes, self.instead, model)

    def _instead(self, number, callback):
        """Return the attributes of a callback that name an address, with the path that stands for it."""
        found = {}
        for place in self.places:
            if place.number == number and place.is_address:
                path = place.local or self._staged(place)
                texts = {name: os.fspath(v) for name, v in vars(callback).items() if isinstance(v, str | os.PathLike)}
                found |= {n: path + v[len(place.path) :] for n, v in texts.items() if v.startswith(place.path)}
        return found

    def _staged(self, place):
        """Return the relative path that stands for an address, and remember whose it is."""
        system, path = place.address
        name = f".sparkeras-remote-{place.number}"
        self.remote["/".join((*self.folder, name, ""))] = f"{system}/"
        return f"{name}/{path}"

    def _kept_at(self, place):
        return os.path.normpath(os.path.join(*self.folder, self._staged(place)))

    def _carried(self, name, content):
        """Write a file to its address, or remove it there, if it has one; tell whether that is done."""
        for kept, system in self.remote.items():
            if name.startswith(kept):
                address = system + name.removeprefix(kept)
                try:
                    if content is None and address != system:
                        folders.remove(self.spark, address)
                    elif content is not None:
                        _write(self.spark, address, content)
                except Exception as error:  # py4j's, for whatever a file system says
                    words = str(getattr(error, "java_exception", None) or error).splitlines()[0]
                    where = f" The file is kept at {self.root / name}." if content is not None else ""
                    warnings.warn(f"A callback's file {address} was not written ({words}).{where}", stacklevel=2)
                    return content is None
                return True
        return False

    def _require_room(self, found):
        size = sum(os.path.getsize(path) for name, path in found.items() if not name.endswith("/"))
        if size > _MOST_BYTES:
            place = max((each for each in self.places if each.reads), key=lambda each: _size(each.path))
            raise place.refusal(
                f"what lies at the callbacks' paths goes to the training, at most {_MOST_BYTES // 2**20} MiB of it; "
                f"there are {size // 2**20} MiB. Give an absolute path that the workers see, or an empty folder."
            )


def _levels_up(path):
    return Path(os.path.relpath(path)).parts.count("..")


def _found(root, path, reads):
    """Return what a path below ``root`` names: its folder, where there is one, and what lies there if it is read."""
    kept, whole = {}, os.path.join(root, path)
    folder = os.path.dirname(path)
    if folder and os.path.isdir(os.path.join(root, folder)):
        kept[f"{folder}/"] = os.path.join(root, folder)
    if reads and os.path.isfile(whole):
        kept[path] = whole
    if reads and os.path.isdir(whole):
        for where, _, names in os.walk(whole):
            below = os.path.relpath(where, root)
            kept[f"{below}/"] = where
            kept |= {f"{below}/{name}": os.path.join(where, name) for name in names if _is_file(where, name)}
    return kept


def _is_file(where, name):
    return os.path.isfile(os.path.join(where, name))


def _size(path):
    if os.path.isfile(path):
        return os.path.getsize(path)
    return sum(os.path.getsize(os.path.join(where, n)) for where, _, names in os.walk(path) for n in names)


def _write(spark, address, content):
    with tempfile.NamedTemporaryFile(prefix="sparkeras-") as file:
        file.write(content)
        file.flush()
        folders.put_file(spark, file.name, address)
