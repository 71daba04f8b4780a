"""Open a data set of Parquet files: read, checked and split by Spark, wherever they lie.

Runs on: driver.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from sparkeras.datasets.contract import AS_IT_IS, STANDARDIZE, Arrays, Dataset, Schema
from sparkeras.datasets.labels import MOST_CLASSES, count_classes
from sparkeras.datasets.tables import label_column
from sparkeras.datasets.text_labels import require_classes
from sparkeras.errors import DataError
from sparkeras.spark.error_messages import reason
from sparkeras.spark.names import quoted

if TYPE_CHECKING:
    import numpy as np
    from pyspark.sql import Column, DataFrame, SparkSession
    from pyspark.sql.types import DataType, StructType

_WHOLE = ("boolean", "byte", "short", "integer", "long")  # narrow to wide
_NUMBERS = (*_WHOLE, "float", "double", "decimal")
_SPLIT_STEPS, _TEST_STEPS = 1000, 200


class _Checked(NamedTuple):
    """One pass over the rows: numbers per row (None: texts), number of classes (None: amounts), labels per row."""

    width: int | None
    classes: int | None
    targets: int


def open_parquet(spark: SparkSession, paths: Sequence[str], label: str | None, seed: int) -> Dataset:
    """Return the Dataset of one Parquet path, split here, or of two (training, test).

    The features are the column ``features`` (array, vector or text), else all other numeric columns in their order, and
    columns that are not numbers are left out; or the only other column, if it holds texts. The split goes by a hash of
    each row's values and the seed, so that it does not depend on how Spark partitions the rows; rows of equal content
    stay together.

    Raises
    ------
    DataError
        If a path cannot be read, has no label or no features, or holds null, NaN or infinity.
    """
    import pyspark.sql.functions as F

    frames, checked = [], []
    names: list[str] = []  # of the features
    class_names = _text_classes(spark, paths, label or "label")
    for path in paths:
        with readable(path):
            rows = spark.read.parquet(address(path))
            frames.append(_prepare(rows, label, path, class_names))
            names = [name for name in _numeric(rows.schema, label or "label") if "features" not in rows.columns]
            checked.append(_check(frames[-1], path))
    width, _, targets = checked[0]
    if len({part.width for part in checked}) > 1:
        kinds = ["texts" if part.width is None else f"rows of {part.width} numbers" for part in checked]
        raise DataError(f"'{paths[0]}' has {kinds[0]} and '{paths[1]}' has {kinds[1]}; expected the same.")
    if len(frames) == 1:
        step = F.pmod(F.xxhash64("features", "label", F.lit(seed)), F.lit(_SPLIT_STEPS))
        frames = [frames[0].filter(step >= _TEST_STEPS), frames[0].filter(step < _TEST_STEPS)]
        if any(frame.isEmpty() for frame in frames):
            raise DataError(f"'{paths[0]}' has too few different rows to split into training and test.")
    if len({part.targets for part in checked}) > 1:
        raise DataError(f"'{paths[0]}' has {targets} label(s) per row and '{paths[1]}' has {checked[1].targets}.")
    classes = [part.classes for part in checked if part.classes is not None]
    num_classes = max(classes) if len(classes) == len(checked) else None
    train, test = (_cast_label(frame, num_classes) for frame in frames)
    return Dataset(
        name="",
        train=train,
        test=test,
        input_shape=() if width is None else (width,),
        num_classes=num_classes,
        task="regression" if num_classes is None else "classification",
        scaling=AS_IT_IS if width is None else STANDARDIZE,
        source="",
        targets=targets,
        schema=Schema(tuple(names), (label or "label",), class_names),
    )


def to_arrays(dataset: Dataset) -> Arrays:
    """Return the Arrays of a Dataset; its rows come to the driver."""
    if dataset.train.schema["features"].dataType.typeName() == "binary":
        raise DataError(
            f"'{dataset.source}' holds images elsewhere; export takes those of this machine. Copy them here."
        )
    train, test = dataset.train.toArrow(), dataset.test.toArrow()
    return Arrays(
        name=dataset.name,
        x_train=_to_numpy(train["features"]),
        y_train=_to_numpy(train["label"]),
        x_test=_to_numpy(test["features"]),
        y_test=_to_numpy(test["label"]),
        num_classes=dataset.num_classes,
        scaling=dataset.scaling,
        source=dataset.source,
        schema=dataset.schema,
    )


def _to_numpy(column: Any) -> np.ndarray:
    column = column.combine_chunks()
    if not hasattr(column, "flatten"):
        return column.to_numpy(zero_copy_only=False)
    return column.flatten().to_numpy().reshape(len(column), -1)


def address(path: str) -> str:
    """Return a local path with ``file:``: without it a cluster's Spark looks in its own file system."""
    return path if "://" in path else f"file://{Path(path).expanduser().resolve()}"


@contextmanager
def readable(path: str) -> Iterator[None]:
    """Turn any error of Spark into a DataError: classic, Connect and the JVM each raise their own kinds."""
    try:
        yield
    except DataError:
        raise
    except Exception as error:
        if "UNABLE_TO_INFER_SCHEMA" in str(error):
            raise DataError(f"'{path}' holds no Parquet file with rows. Is it empty?") from error
        raise DataError(f"'{path}' cannot be read as Parquet: {reason(error)}.") from error


def _text_classes(spark: SparkSession, paths: Sequence[str], label: str) -> tuple[str, ...]:
    """Return the different texts of the label columns in order, () where labels are not texts, in a job per path."""
    import pyspark.sql.functions as F

    texts: set[str] = set()
    rows, are_texts = 0, []
    for path in paths:
        with readable(path):
            frame = spark.read.parquet(address(path))
            are_texts.append(label in frame.columns and frame.schema[label].dataType.typeName() == "string")
            if are_texts[-1]:
                counted = frame.groupBy(F.trim(F.col(quoted(label))).alias("name")).count().limit(MOST_CLASSES + 2)
                counts = {row["name"]: row["count"] for row in counted.collect()}
                rows += sum(counts.values())
                texts |= {name for name in counts if name}  # rows without one are counted and refused later
    if any(are_texts) and not all(are_texts):
        kinds = ["texts" if each else "numbers" for each in are_texts]
        raise DataError(
            f"'{paths[0]}' holds {kinds[0]} as labels and '{paths[1]}' {kinds[1]}; expected the same kind of labels."
        )
    return require_classes(texts, rows, f"'{paths[0]}', column {label!r}") if texts else ()


def _prepare(frame: DataFrame, label: str | None, path: str, class_names: tuple[str, ...] = ()) -> DataFrame:
    """Return the columns ``features`` (array) and ``label``; a label that is a text becomes the number of its class."""
    import pyspark.sql.functions as F

    label = label_column(frame.columns, label, f"'{path}'")
    where = f"'{path}', column {label!r}"
    kind = frame.schema[label].dataType
    if kind.typeName() == "string":
        place = F.array_position(F.array(*map(F.lit, class_names)), F.trim(F.col(quoted(label)))).cast("int") - 1
        # -1, no class: an empty text.
        return frame.select(
            _features(frame.schema, label, path).alias("features"), F.when(place >= 0, place).alias("label")
        )
    if not _is_number(kind) and not _is_number(getattr(kind, "elementType", None)):
        raise DataError(f"{where} is {kind.simpleString()}; labels must be numbers.")
    y = F.col(quoted(label))
    y = y.cast("double") if kind.typeName() == "decimal" else y.cast("int") if kind.typeName() == "boolean" else y
    return frame.select(_features(frame.schema, label, path).alias("features"), y.alias("label"))


def _features(schema: StructType, label: str, path: str) -> Column:
    """Return the column ``features``, or the other numeric columns as one array in their narrowest common type."""
    import pyspark.sql.functions as F
    from pyspark.ml.functions import vector_to_array

    if "features" in schema.names:
        kind = schema["features"].dataType
        if type(kind).__name__ == "VectorUDT":
            return vector_to_array(F.col("features"))
        if kind.typeName() == "string":
            return F.col("features")
        if not _is_number(getattr(kind, "elementType", None)):
            raise DataError(
                f"'{path}', column 'features' is {kind.simpleString()}; expected a flat array of numbers, a vector or "
                "texts."
            )
        return F.col("features")
    kinds = _numeric(schema, label)
    others = [field for field in schema if field.name != label]
    if len(others) == 1 and others[0].dataType.typeName() == "string":
        return F.col(quoted(others[0].name))
    if not kinds:
        raise DataError(f"'{path}' has no column 'features' and no numeric columns beside {label!r}.")
    common = "double"
    if set(kinds.values()) <= set(_WHOLE):
        common = _WHOLE[max(1, *map(_WHOLE.index, kinds.values()))]
    elif set(kinds.values()) == {"float"}:
        common = "float"
    return F.array(*(F.col(quoted(name)).cast({"integer": "int"}.get(common, common)) for name in kinds))


def _numeric(schema: StructType, label: str) -> dict[str, str]:
    """Return {name: type} of the columns of numbers, without the label."""
    return {f.name: f.dataType.typeName() for f in schema if f.dataType.typeName() in _NUMBERS and f.name != label}


def _is_number(kind: DataType | None) -> bool:
    return kind is not None and kind.typeName() in _NUMBERS


def _check(frame: DataFrame, path: str) -> _Checked:
    """Check the prepared rows for holes and different lengths, in one Spark job."""
    import pyspark.sql.functions as F

    features, label = F.col("features"), F.col("label")
    several = frame.schema["label"].dataType.typeName() == "array"  # a regression with several targets
    scalar = F.lit(0.5) if several else label
    unlabelled = F.exists(label, _is_hole) if several else _is_hole(label)
    texts = frame.schema["features"].dataType.typeName() == "string"
    hole = F.trim(features) == "" if texts else F.exists(features, _is_hole)
    width = F.lit(1) if texts else F.size(features)
    totals = frame.agg(
        F.count("*").alias("rows"),
        F.sum(F.coalesce(hole, F.lit(True)).cast("long")).alias("holes"),
        F.sum(F.coalesce(unlabelled, F.lit(True)).cast("long")).alias("unlabelled"),
        F.min(F.size(label) if several else F.lit(1)).alias("fewest"),
        F.max(F.size(label) if several else F.lit(1)).alias("targets"),
        F.min(width).alias("narrow"),
        F.max(width).alias("wide"),
        F.min(scalar).alias("low"),
        F.max(scalar).alias("high"),
        F.max((scalar != F.floor(scalar)).cast("int")).alias("fractions"),
    ).first()
    if totals is None or not totals.rows:
        raise DataError(f"'{path}' has no rows. Is the file empty?")
    if totals.holes or totals.unlabelled:
        empty = "an empty text" if texts else "NaN"
        raise DataError(
            f"'{path}' has {totals.holes} row(s) with null or {empty} in their features and {totals.unlabelled} "
            "without a label (infinity counts too). Fill or delete them."
        )
    if totals.narrow != totals.wide or not totals.wide:
        raise DataError(f"'{path}' has rows of {totals.narrow} and of {totals.wide} numbers; expected as many in each.")
    if totals.fewest != totals.targets or not totals.targets:
        raise DataError(
            f"'{path}' has rows of {totals.fewest} and of {totals.targets} labels; expected as many in each."
        )
    classes = count_classes(totals.low, totals.high, bool(totals.fractions), totals.rows, f"'{path}', column 'label'")
    return _Checked(None if texts else totals.wide, classes, totals.targets)


def _is_hole(number: Column) -> Column:
    """Tell null, NaN and infinity; Spark orders NaN above infinity, so one comparison finds both."""
    import pyspark.sql.functions as F

    return number.isNull() | (F.abs(number.cast("double")) >= F.lit(float("inf")))


def _cast_label(frame: DataFrame, num_classes: int | None) -> DataFrame:
    """Return classes as int, and whole amounts as double: labels of a regression are fractions."""
    import pyspark.sql.functions as F

    kind = frame.schema["label"].dataType.typeName()
    if num_classes is not None:
        return frame.withColumn("label", F.col("label").cast("int"))
    return frame.withColumn("label", F.col("label").cast("double")) if kind in _WHOLE else frame
