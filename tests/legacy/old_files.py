"""Old files, written by hand: the JSON of each dialect, and HDF5 laid out as Keras 1 and 2 did."""

import json
import zipfile
from pathlib import Path

import h5py
import numpy as np

DIALECTS = Path(__file__).parent / "dialects"
ARCHIVES = Path(__file__).parent / "archives"  # config.json of .keras files as TensorFlow 2.15 wrote them


def numbers(seed=0):
    """Return a function that gives float32 arrays of a shape, the same ones for a seed."""
    rng = np.random.default_rng(seed)
    return lambda *shape: rng.normal(scale=0.5, size=shape).astype(np.float32)


def write_weights(path, layers, version=None, backend=None, group=None):
    """Write ``{layer: {array's name: array}}``, as ``save_weights`` of Keras 1 (no version) and 2 did."""
    with h5py.File(path, "a") as file:
        root = file.create_group(group) if group else file
        root.attrs["layer_names"] = [name.encode() for name in layers]
        if version:
            root.attrs["keras_version"] = version.encode()
        if backend:
            root.attrs["backend"] = backend.encode()
        for name, arrays in layers.items():
            inside = root.create_group(name)
            inside.attrs["weight_names"] = [each.encode() for each in arrays]
            for each, array in arrays.items():
                inside.create_dataset(each, data=array)
    return path


def write_model(path, document, layers, training=None):
    """Write a whole model, as ``model.save('model.h5')`` did."""
    with h5py.File(path, "w") as file:
        file.attrs["model_config"] = json.dumps({key: document[key] for key in ("class_name", "config")}).encode()
        file.attrs["keras_version"] = document["keras_version"].encode()
        file.attrs["backend"] = b"tensorflow"
        if training:
            file.attrs["training_config"] = json.dumps(training).encode()
    return write_weights(path, layers, document["keras_version"], "tensorflow", group="model_weights")


def write_archive(path, document, arrays, version="2.15.0"):
    """Write a .keras file as TensorFlow 2.13 to 2.15 did; ``arrays`` are by their path in the HDF5 file."""
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("metadata.json", json.dumps({"keras_version": version, "date_saved": "2023-11-28@21:55:43"}))
        archive.writestr("config.json", json.dumps(document))
        archive.writestr("model.weights.h5", write_by_class(path.with_suffix(".h5"), arrays).read_bytes())
    path.with_suffix(".h5").unlink()
    return path


def write_by_class(path, arrays):
    """Write ``{"layers/dense/vars/0": array}``, as ``save_weights("m.weights.h5")`` of TensorFlow 2.15 did."""
    with h5py.File(path, "w") as file:
        for name, array in arrays.items():
            file[name] = array
    return path


def write_json(path, document):
    path.write_text(json.dumps(document))
    return path


def row(*layers, version="2.2.4", shape=None, backend="tensorflow"):
    """Return a Sequential of ``(class, config)`` pairs; ``shape`` is that of one row of the input."""
    entries = [{"class_name": cls, "config": {"name": f"{cls.lower()}_{i}", **config}} for i, (cls, config) in
               enumerate(layers, start=1)]  # fmt: skip
    if shape is not None:
        entries[0]["config"]["batch_input_shape"] = [None, *shape]
    config = entries if version.startswith("1") else {"name": "sequential_1", "layers": entries}
    said = {"keras_version": version} | ({"backend": backend} if backend else {})
    return {"class_name": "Sequential", "config": config, **said}


def entry(cls, name, nodes=(), **config):
    """Return a layer of a graph; ``nodes`` are its calls, each a list of ``[layer, node, output, kwargs]``."""
    return {"class_name": cls, "name": name, "config": {"name": name, **config}, "inbound_nodes": list(nodes)}


def graph(layers, inputs, outputs, version="2.2.4", cls="Model"):
    """Return a functional model of entries."""
    ends = {"input_layers": [[name, 0, 0] for name in inputs], "output_layers": [[name, 0, 0] for name in outputs]}
    config = {"name": "model_1", "layers": layers, **ends}
    return {"class_name": cls, "config": config, "keras_version": version, "backend": "tensorflow"}


def answer(model, *inputs):
    """Return a model's output for arrays, as float arrays."""
    outputs = model(inputs[0] if len(inputs) == 1 else list(inputs), training=False)
    if isinstance(outputs, list | tuple):
        return [np.asarray(output) for output in outputs]
    return np.asarray(outputs)


def assert_near(given, golden):
    np.testing.assert_allclose(given, golden, rtol=1e-5, atol=1e-5)
