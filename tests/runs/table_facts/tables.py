"""Tables with a learned spec, without Spark."""

import numpy as np
import pyarrow as pa
from pyspark.sql.types import DateType, DoubleType, LongType, StringType

from sparkeras.features import Features
from sparkeras.features import label as labels
from sparkeras.features.inferring import infer
from sparkeras.features.summaries import Sizes, Summary
from sparkeras.runs.table_facts import sample

TYPES = {"string": StringType(), "int64": LongType(), "double": DoubleType(), "date32[day]": DateType()}


def sample_of(columns, label, kinds=None, task=None):
    """Return the Sample of columns (lists or arrays by name) with a spec learned from all of them."""
    arrays = {name: pa.array(values, from_pandas=True) for name, values in columns.items()}
    target = pa.array(label)
    found = {name: _summary(name, array) for name, array in (arrays | {"target": target}).items()}
    chosen = {
        name: (kinds or {}).get(name) or infer(name, TYPES[str(arrays[name].type)], found[name]) for name in arrays
    }
    learned = tuple(kind.learn(name, found[name]) for name, kind in chosen.items())
    known = labels.learn(found["target"], pa.types.is_string(target.type), task)
    spec = Features(learned, {}, known, len(target))
    numbers, _ = known.encode({"target": target})
    return sample.of(spec, arrays, np.asarray(numbers))


def _summary(name, array):
    summary = Summary(name, Sizes.for_columns(1))
    summary.add(array)
    return summary
