"""Open a data set of Parquet files: read, checked and split by Spark, wherever they lie.

Runs on: driver. Imports: ``errors`` only; pyspark inside the functions.
"""

from sparkeras.datasets.contract import STANDARDIZE, Dataset
from sparkeras.datasets.labels import count_classes, text_label_error
from sparkeras.datasets.tables import label_column
from sparkeras.errors import DataError

_NUMBERS = ("byte", "short", "integer", "long", "float", "double")
_SPLIT_STEPS, _TEST_STEPS = 1000, 200


def open_parquet(spark, paths, label, seed):
    """Return the Dataset of one Parquet path, split here, or of two (training, test).

    The split goes by a hash of each row's values and the seed, so that it does not depend on how Spark partitions the
    rows; rows of equal content stay together.

    Raises
    ------
    DataError
        If a path cannot be read, has no label or no features, or holds null or NaN.
    """
    import pyspark.sql.functions as F

    frames = [_prepare(_load(spark, path), label, path) for path in paths]
    facts = [_check(frame, path) for frame, path in zip(frames, paths, strict=True)]
    if len({width for width, _ in facts}) > 1:
        raise DataError(f"'{paths[0]}' has rows of {facts[0][0]} numbers and '{paths[1]}' of {facts[1][0]}.")
    if len(frames) == 1:
        step = F.pmod(F.xxhash64("features", "label", F.lit(seed)), F.lit(_SPLIT_STEPS))
        frames = [frames[0].filter(step >= _TEST_STEPS), frames[0].filter(step < _TEST_STEPS)]
        if any(frame.isEmpty() for frame in frames):
            raise DataError(f"'{paths[0]}' has too few different rows to split into training and test.")
    classes = [number for _, number in facts]
    num_classes = None if None in classes else max(classes)
    return Dataset(
        name=paths[0].rstrip("/").split("/")[-1].removesuffix(".parquet"),
        train=frames[0],
        test=frames[1],
        input_shape=(facts[0][0],),
        num_classes=num_classes,
        task="regression" if num_classes is None else "classification",
        scaling=STANDARDIZE,
        source=paths[0],
    )


def _load(spark, path):
    try:
        return spark.read.parquet(path)
    except Exception as error:  # classic and Connect raise different kinds
        first = str(error).strip().splitlines()[0][:200]
        raise DataError(f"'{path}' cannot be read as Parquet: {first}") from error


def _prepare(frame, label, path):
    """Return the columns ``features`` (array) and ``label``."""
    import pyspark.sql.functions as F
    from pyspark.ml.functions import vector_to_array

    label = label_column(frame.columns, label, f"'{path}'")
    kind = frame.schema[label].dataType.typeName()
    if kind == "string":
        first = frame.select(label).first()
        raise text_label_error(f"'{path}', column {label!r}", first and first[0])
    if kind not in _NUMBERS:
        raise DataError(f"'{path}', column {label!r} is {kind}; labels must be numbers.")
    if "features" in frame.columns:
        is_vector = type(frame.schema["features"].dataType).__name__ == "VectorUDT"
        features = vector_to_array("features") if is_vector else F.col("features")
    else:
        names = [f.name for f in frame.schema if f.dataType.typeName() in _NUMBERS and f.name != label]
        if not names:
            raise DataError(f"'{path}' has no column 'features' and no numeric columns beside {label!r}.")
        features = F.array(*(F.col(f"`{name}`").cast("double") for name in names))
    return frame.select(features.alias("features"), F.col(f"`{label}`").alias("label"))


def _check(frame, path):
    """Return (numbers per row, number of classes or None) after one pass over the rows."""
    import pyspark.sql.functions as F

    features, label = F.col("features"), F.col("label")
    hole = features.isNull() | F.exists(features, lambda number: number.isNull() | F.isnan(number.cast("double")))
    found = frame.agg(
        F.count("*").alias("rows"),
        F.sum(F.coalesce(hole, F.lit(True)).cast("long")).alias("holes"),
        F.sum((label.isNull() | F.isnan(label.cast("double"))).cast("long")).alias("unlabelled"),
        F.min(F.size(features)).alias("narrow"),
        F.max(F.size(features)).alias("wide"),
        F.min(label).alias("low"),
        F.max(label).alias("high"),
        F.max((label != F.floor(label)).cast("int")).alias("fractions"),
    ).first()
    if not found.rows:
        raise DataError(f"'{path}' has no rows. Is the file empty?")
    if found.holes or found.unlabelled:
        raise DataError(
            f"'{path}' has {found.holes} row(s) with null or NaN in their features and {found.unlabelled} without a "
            "label. Fill or delete them."
        )
    if found.narrow != found.wide:
        raise DataError(f"'{path}' has rows of {found.narrow} and of {found.wide} numbers; expected as many in each.")
    classes = count_classes(found.low, found.high, bool(found.fractions), found.rows, f"'{path}', column 'label'")
    return found.wide, classes


def to_arrays(dataset):
    """Return the Arrays of a Dataset; its rows come to the driver."""
    import numpy as np

    from sparkeras.datasets.contract import Arrays

    parts = []
    for frame in (dataset.train, dataset.test):
        table = frame.toArrow().combine_chunks()
        features = table["features"].combine_chunks()
        parts += [features.flatten().to_numpy().reshape(table.num_rows, -1), table["label"].to_numpy()]
    x_train, y_train, x_test, y_test = (np.asarray(part) for part in parts)
    return Arrays(dataset.name, x_train, y_train, x_test, y_test, dataset.num_classes, dataset.scaling, dataset.source)
