"""Arrow batches written to one anonymous file.

Runs on: workers (in the Spark task). Imports: ``columns``, ``errors`` and its own package.

The file has no name, so nothing can be left behind when a process is killed: the system frees it with its last
descriptor. Its layout is blocks, one per Arrow batch; in a block, one raw array per field, then the rows' keys.
"""

import tempfile

import numpy as np

from sparkeras.columns import Field, column_names, decode, invalid_rows
from sparkeras.errors import InvalidColumnError
from sparkeras.shards.keys import row_keys
from sparkeras.shards.rowfile import disk_error

VALIDATION = Field("validation", "validation", ()).key


class Spool:
    """Write Arrow batches to a file that has no name.

    Parameters
    ----------
    fields : list of columns.Field
    folder : str
        Where the disk is; Spark's local folder.
    limits : dict of str to (low, high)
        Whole-number ranges of labels, by field key; a row outside is refused.
    skip_invalid : bool
        Whether rows with a null or NaN are left out; else ``close`` refuses them.
    """

    def __init__(self, fields, folder, limits, skip_invalid=False):
        self.fields, self.limits, self.skip_invalid = fields, limits, skip_invalid
        self.file = tempfile.TemporaryFile(prefix="sparkeras-", dir=folder, buffering=0)  # noqa: SIM115 - open as long as the spool lives
        self.blocks, self.layout, self.digest, self.skipped = [], None, 0, 0
        self.bad = dict.fromkeys((field.words() for field in fields), 0)

    def add(self, record_batch):
        """Append the rows of one Arrow batch, whose columns are those of ``columns.column_names``.

        Raises
        ------
        InvalidColumnError
            If rows change their width, or a label or weight lies outside its limits.
        TrainingError
            If the disk is full.
        """
        arrays = self._decoded(record_batch)
        rows = len(next(iter(arrays.values())))
        if not rows:
            return
        for field in self.fields:
            if field.key in self.limits:
                _check_range(field, arrays[field.key], *self.limits[field.key])
            elif field.role in ("label", "weight"):
                _check_finite(field, arrays[field.key])
        arrays["key"] = row_keys(arrays.values())
        self.digest = (self.digest + int(arrays["key"].sum(dtype=np.uint64))) % 2**64
        layout = [(name, array.dtype.str, array.shape[1:]) for name, array in arrays.items()]
        if self.layout is None:
            self.layout = layout
        elif layout != self.layout:
            raise InvalidColumnError(
                f"Rows are not all of one width: first {self.layout[:-1]}, then {layout[:-1]}. "
                "Pad or cut them to one length first."
            )
        self.blocks.append((self.file.tell(), rows))
        for array in arrays.values():
            self._write(memoryview(np.ascontiguousarray(array)).cast("B"))

    def _decoded(self, record_batch):
        """Return the arrays of all fields, of the rows that hold no null or NaN."""
        columns = dict(zip(column_names(self.fields), record_batch.columns, strict=True))
        arrays, invalid = {}, np.zeros(record_batch.num_rows, bool)
        for field in self.fields:
            arrays[field.key], bad = decode(field, columns)
            self.bad[field.words()] += int(bad.sum())
            invalid |= bad
        if not invalid.any():
            return arrays
        self.skipped += int(invalid.sum())
        return {key: array[~invalid] for key, array in arrays.items()}

    def close(self):
        """Return the facts by which a shard finds its rows: layout (None without any row), blocks, rows skipped.

        ``digest``, the sum of the rows' keys, tells these rows from others, in whatever order they came.

        Raises
        ------
        InvalidColumnError
            If rows held a null or NaN.
        """
        bad = {words: count for words, count in self.bad.items() if count}
        if bad and not self.skip_invalid:
            listed = "; ".join(f"{words}: {count} row(s)" for words, count in bad.items())
            raise invalid_rows(listed)
        return {"layout": self.layout, "blocks": self.blocks, "digest": self.digest, "skipped": self.skipped}

    def _write(self, view):
        try:
            while view:
                view = view[self.file.write(view) :]
        except OSError as error:
            raise disk_error(error) from error


def _check_finite(field, numbers):
    wrong = ~np.isfinite(numbers) if numbers.dtype.kind == "f" else np.zeros(numbers.shape, bool)
    if field.role == "weight":
        wrong |= numbers < 0
    if wrong.any():
        expected = "weights of 0 or more" if field.role == "weight" else "finite numbers"
        raise InvalidColumnError(
            f"{field.words().capitalize()} holds {numbers[wrong].ravel()[0]}; expected {expected}. Mend or filter it."
        )


def _check_range(field, labels, low, high):
    wrong = (labels < low) | (labels > high) | (labels != np.floor(labels))
    if wrong.any():
        value = labels[wrong].ravel()[0]
        raise InvalidColumnError(
            f"{field.words().capitalize()} holds the label {value}; the model's output takes whole numbers from "
            f"{low} to {high}. Number the classes from 0, e.g. with StringIndexer, or give the model more output units."
        )
