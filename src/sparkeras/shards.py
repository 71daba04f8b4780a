"""A worker's rows on disk: Arrow batches written to one anonymous file, read back as arrays, in a seeded order.

Runs on: workers (``Spool`` in the Spark task, ``Shard`` in the training process). Imports: ``columns``, ``errors``.

The file has no name, so nothing can be left behind when a process is killed: the system frees it with its last
descriptor. Its layout is blocks, one per Arrow batch; in a block, one raw array per field, then the rows' keys.
"""

import os
import tempfile
from dataclasses import dataclass

import numpy as np

from sparkeras.columns import Field, column_names, decode
from sparkeras.errors import InvalidColumnError, TrainingError

_MIX = np.uint64(0x9E3779B97F4A7C15)  # 2**64 / golden ratio, odd: the usual multiplier of multiplicative hashing
_VALIDATION = Field("validation", "validation", ()).key


class Spool:
    """Write Arrow batches to a file that has no name.

    Parameters
    ----------
    fields : list of columns.Field
    folder : str
        Where the disk is; Spark's local folder.
    limits : dict of str to (low, high)
        Whole-number ranges of labels, by field key; a row outside is refused.
    """

    def __init__(self, fields, folder, limits):
        self.fields, self.limits = fields, limits
        self.file = tempfile.TemporaryFile(prefix="sparkeras-", dir=folder, buffering=0)  # noqa: SIM115 - open as long as the spool lives
        self.blocks, self.layout, self.digest = [], None, 0
        self.bad = dict.fromkeys((field.words() for field in fields), 0)

    def add(self, record_batch):
        """Append the rows of one Arrow batch, whose columns are those of ``columns.column_names``.

        Raises
        ------
        InvalidColumnError
            If rows change their width, or a label lies outside its limits.
        TrainingError
            If the disk is full.
        """
        columns = dict(zip(column_names(self.fields), record_batch.columns, strict=True))
        arrays = {}
        for field in self.fields:
            arrays[field.key], bad = decode(field, columns)
            self.bad[field.words()] += int(bad.sum())
            if field.key in self.limits:
                _check_range(field, arrays[field.key], *self.limits[field.key])
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
        self.blocks.append((self.file.tell(), record_batch.num_rows))
        for array in arrays.values():
            self._write(memoryview(np.ascontiguousarray(array)).cast("B"))

    def close(self):
        """Return the facts by which ``Shard`` finds its rows: layout (None without any row) and blocks.

        ``digest``, the sum of the rows' keys, tells these rows from others, in whatever order they came.

        Raises
        ------
        InvalidColumnError
            If rows held a null or NaN.
        """
        bad = {words: count for words, count in self.bad.items() if count}
        if bad:
            listed = "; ".join(f"{words}: {count} row(s)" for words, count in bad.items())
            raise InvalidColumnError(
                f"Null or NaN found in {listed}. Drop or fill them first, e.g. df.dropna() or df.fillna(0)."
            )
        return {"layout": self.layout, "blocks": self.blocks, "digest": self.digest}

    def _write(self, view):
        try:
            while view:
                view = view[self.file.write(view) :]
        except OSError as error:
            raise TrainingError(
                f"The rows could not be written to Spark's local folder: {error}. "
                "Free disk space there or set spark.local.dir to a larger disk."
            ) from error


@dataclass
class Shard:
    """The rows of one worker, in memory.

    Attributes
    ----------
    arrays : dict of str to (rows, ...) array
        In the order of arrival.
    order : (rows,) int array
        Row numbers in the order of the rows' keys, which is the same whatever order Spark delivered them in.
    """

    arrays: dict
    order: np.ndarray

    @classmethod
    def read(cls, descriptor, facts):
        """Read the file behind ``descriptor``, laid out as ``facts`` of ``Spool.close`` say."""
        rows = sum(count for _, count in facts["blocks"])
        arrays = {name: np.empty((rows, *shape), dtype) for name, dtype, shape in facts["layout"]}
        first = 0
        for offset, count in facts["blocks"]:
            for array in arrays.values():
                view = memoryview(array[first : first + count]).cast("B") if array[:1].nbytes else memoryview(b"")
                offset += _read_into(descriptor, view, offset)
            first += count
        # Ties are rows of equal content, so their order does not matter. The arrays stay as they are: a batch gathers
        # its rows anyway, and ordering them here would take the memory twice.
        return cls(arrays, np.argsort(arrays.pop("key"), kind="stable"))

    @property
    def rows(self):
        """Number of rows."""
        return len(self.order)

    def split(self, fraction, seed):
        """Return the row numbers to train on and those to validate with.

        The column ``validation`` decides where there is one, else a seeded ``fraction`` (0 for none) of the rows.
        """
        if _VALIDATION in self.arrays:
            marked = self.arrays[_VALIDATION].astype(bool)[self.order]
            train, validation = self.order[~marked], self.order[marked]
        else:
            count = round(self.rows * fraction)
            shuffled = self.order[row_order(self.rows, seed, epoch=-1)] if count else self.order
            train, validation = shuffled[count:], shuffled[:count]
        return train, validation


@dataclass(frozen=True)
class Share:
    """What each rank contributes to each step: its rows spread evenly over as many steps as one worker would take.

    Attributes
    ----------
    rank : int
    counts : tuple of int
        Training rows of each rank.
    batch_size : int
        Rows of one step over all ranks, within as many as there are ranks.
    """

    rank: int
    counts: tuple
    batch_size: int

    @property
    def steps(self):
        """Steps of an epoch: all rows divided by the batch size, rounded up."""
        return -(-sum(self.counts) // self.batch_size)

    @property
    def width(self):
        """Rows of each local batch, padding included: the most that any rank has in any step."""
        return max(-(-count // self.steps) for count in self.counts)

    @property
    def pads(self):
        """Whether some rank has fewer rows than ``width`` in some step."""
        return any(count != self.width * self.steps for count in self.counts)

    def bounds(self, step, rank=None):
        """Return (first, last) of a rank's rows in ``step``, counted from 0; by default this rank's."""
        count = self.counts[self.rank if rank is None else rank]
        return count * step // self.steps, count * (step + 1) // self.steps

    def real_rows(self, step):
        """Return the rows of ``step`` over all ranks."""
        bounds = (self.bounds(step, rank) for rank in range(len(self.counts)))
        return sum(last - first for first, last in bounds)


def require_rows(train, validation, wanted):
    """Raise InvalidColumnError if the validation setting leaves no row to train on, or none to validate with.

    Parameters
    ----------
    train, validation : int
        Rows over all ranks.
    wanted : bool
        Whether validation was asked for by a fraction; a column may mark no row.
    """
    if not train or (wanted and not validation):
        raise InvalidColumnError(
            f"The validation setting leaves {train} rows to train on and {validation} to validate with; "
            "both need at least one."
        )


def row_order(rows, seed, epoch):
    """Return the order of an epoch's rows: a permutation that depends on these three numbers alone."""
    # A negative epoch serves the validation split; Philox keys are unsigned.
    generator = np.random.Generator(np.random.Philox(key=[seed, epoch % 2**63]))
    return generator.permutation(rows)


def row_keys(arrays):
    """Return one 64-bit number per row that depends on its contents alone.

    Spark delivers rows in another order after each re-shuffle; ordered by this key they are the same shard again.
    Multiply-and-add hashing of 64-bit words (Dietzfelbinger 1996, https://doi.org/10.1007/3-540-60922-9_46), each
    word folded first so that its high bits count too.
    """
    key = None
    for array in arrays:
        flat = np.ascontiguousarray(array).reshape(len(array), -1)
        words = _as_words(flat)
        words = words ^ (words >> np.uint64(32))
        multipliers = np.random.Generator(np.random.Philox(key=words.shape[1])).integers(
            0, 2**63, words.shape[1], np.uint64
        )
        part = (words @ (multipliers << np.uint64(1) | np.uint64(1))).ravel()
        key = part if key is None else (key ^ (key >> np.uint64(29))) * _MIX + part
    return (key ^ (key >> np.uint64(32))) * _MIX


def _as_words(flat):
    """View rows (rows, n) as 64-bit words (rows, m), padded with zeros."""
    data = flat.view(np.uint8).reshape(len(flat), -1)
    width = -(-data.shape[1] // 8) * 8
    if width != data.shape[1]:
        padded = np.zeros((len(data), width), np.uint8)
        padded[:, : data.shape[1]] = data
        data = padded
    return data.view(np.uint64)


def _check_range(field, labels, low, high):
    wrong = (labels < low) | (labels > high) | (labels != np.floor(labels))
    if wrong.any():
        value = labels[wrong].ravel()[0]
        raise InvalidColumnError(
            f"{field.words().capitalize()} holds the label {value}; the model's output takes whole numbers from "
            f"{low} to {high}. Number the classes from 0, e.g. with StringIndexer, or give the model more output units."
        )


def _read_into(descriptor, view, offset):
    """Fill ``view`` from the file; return how many bytes that were."""
    done = 0
    while done < len(view):
        read = os.preadv(descriptor, [view[done:]], offset + done)
        if not read:
            raise TrainingError("The spooled rows end too early: the disk of Spark's local folder lost data.")
        done += read
    return done
