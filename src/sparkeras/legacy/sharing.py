"""One layer in two models of a file: Keras 3 cannot save that, so each model has its own with the same weights.

In files of tf.keras a layer's second entry has a number (``shared_object_id``), and the first none.

Runs on: driver.
"""

from __future__ import annotations

import json
from typing import Any

from sparkeras.legacy.parts import Config, Part, Reading, refuse

NUMBER = "shared_object_id"


def keep(entry: Config, part: Part, reading: Reading) -> None:
    """Remember the Part of an entry, and set its twin if the same layer was built before.

    Raises
    ------
    InvalidModelError
        If several layers could be that one.
    """
    identity, number = _identity(entry), entry.get(NUMBER)
    built = reading.built.setdefault(identity, [])
    part.twin = reading.shared.get((identity, number))
    if part.twin is None and number is not None and built:
        if len(built) > 1:
            refuse(part.name, part.old_class, f"is one of {len(built)} alike, and the file does not show which.")
        # A third entry has no number in some files.
        part.twin = reading.shared[identity, number] = reading.shared[identity, None] = built[0]
    if part.twin is None:
        built.append(part)


def note_twins(part: Part, reading: Reading) -> None:
    """Add notes on layers that had one set of weights in several models."""
    for inner in part.parts:
        if inner.twin is not None and inner.layer.weights:
            reading.note(
                f"Layer {inner.name!r} ({inner.old_class}) is in several models, each of which has its own now: "
                "the same weights until you train it on."
            )
        else:
            note_twins(inner, reading)


def _identity(entry: Config) -> str:
    return json.dumps([entry["class_name"], _plain(entry.get("config"))], sort_keys=True)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items() if key != NUMBER}
    return [_plain(item) for item in value] if isinstance(value, list) else value
