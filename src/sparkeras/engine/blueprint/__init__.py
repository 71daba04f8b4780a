"""Serialize a compiled Keras model; its input and output signature; the labels that its losses take.

Runs on: driver, Spark task, training process.

``packing`` makes the bytes, a blueprint; ``fingerprints`` tells when a model has changed; ``shapes`` and ``outputs``
describe inputs and outputs; ``targets``, ``labels`` and ``label_rules`` the labels.
"""

from sparkeras.engine.blueprint.fingerprints import fingerprint, pack_once
from sparkeras.engine.blueprint.models import require_compiled, require_model
from sparkeras.engine.blueprint.outputs import outputs_of_subclass
from sparkeras.engine.blueprint.packing import copy, open_blueprint, pack, saved_by_keras
from sparkeras.engine.blueprint.seeding import seeded
from sparkeras.engine.blueprint.shapes import embedding_size, fixed_rows, rows_of, signature

__all__ = [
    "copy",
    "embedding_size",
    "fingerprint",
    "fixed_rows",
    "open_blueprint",
    "outputs_of_subclass",
    "pack",
    "pack_once",
    "require_compiled",
    "require_model",
    "rows_of",
    "saved_by_keras",
    "seeded",
    "signature",
]
