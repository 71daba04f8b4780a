"""One layer in two models of a file: Keras 3 cannot save that, so each model has its own with the same weights.

Files of tf.keras give a layer's second mention a number (``shared_object_id``), and the first none.

Runs on: driver.
"""

import json

from sparkeras.legacy.parts import refuse

NUMBER = "shared_object_id"


def keep(entry, part, reading):
    """Remember the Part of an entry, and tell it the one that was made of the same layer before.

    Raises
    ------
    InvalidModelError
        If the file does not tell which of several it is.
    """
    identity, number = _identity(entry), entry.get(NUMBER)
    made = reading.made.setdefault(identity, [])
    part.twin = reading.shared.get((identity, number))
    if part.twin is None and number is not None and made:
        if len(made) > 1:
            refuse(part.name, part.old_class, f"is one of {len(made)} alike, and the file does not tell which.")
        # A third mention has no number in some files.
        part.twin = reading.shared[identity, number] = reading.shared[identity, None] = made[0]
    if part.twin is None:
        made.append(part)


def note_twins(part, reading):
    """Tell the user of layers that had one set of weights in several models."""
    for inner in part.parts:
        if inner.twin is not None and inner.layer.weights:
            reading.note(
                f"Layer {inner.name!r} ({inner.old_class}) is in several models, each of which has its own now: "
                "the same weights until you train it on."
            )
        else:
            note_twins(inner, reading)


def _identity(entry):
    return json.dumps([entry["class_name"], _plain(entry.get("config"))], sort_keys=True)


def _plain(value):
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items() if key != NUMBER}
    return [_plain(item) for item in value] if isinstance(value, list) else value
