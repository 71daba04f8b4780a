"""The tables of these examples: real ones where $SPARKERAS_DATA holds them, else ones that pip brought along."""

import os
from pathlib import Path

HOUSING = ["longitude", "latitude", "age", "rooms", "bedrooms", "population", "households", "income", "value"]
# From so many rows on, a network has something to learn that a straight line has not.
MANY = 10_000


def housing(spark):
    """Return California's housing blocks of 1990 (20,640 rows, 8 numbers and the median value in dollars).

    Without the file: scikit-learn's diabetes patients (442 rows, 10 numbers and the disease's progress), told aloud.

    Returns
    -------
    (DataFrame, list of feature columns, label column)
    """
    file = Path(os.environ.get("SPARKERAS_DATA", "")) / "housing" / "cal_housing.data"
    if file.is_file():
        rows = spark.read.csv(str(file), schema=", ".join(f"{name} double" for name in HOUSING))
        return rows, HOUSING[:-1], HOUSING[-1]
    print("No housing data in $SPARKERAS_DATA: this is scikit-learn's diabetes data.")
    from sklearn.datasets import load_diabetes

    found = load_diabetes(as_frame=True).frame
    return spark.createDataFrame(found), list(found.columns[:-1]), "target"


def wine(spark):
    """Return red and white wines (6,497 rows, 11 measurements, colour and the quality that tasters gave).

    Without the files: scikit-learn's three cultivars (178 rows, 13 measurements), told aloud.

    Returns
    -------
    (DataFrame, list of feature columns, label column)
    """
    folder = Path(os.environ.get("SPARKERAS_DATA", "")) / "wine"
    if (folder / "winequality-red.csv").is_file():
        read = spark.read.options(sep=";", header=True, inferSchema=True).csv
        both = [
            read(str(folder / f"winequality-{colour}.csv")).selectExpr("*", f"'{colour}' AS colour")
            for colour in ("red", "white")
        ]
        rows = both[0].unionByName(both[1])
        return rows, [name for name in rows.columns if name not in ("quality", "colour")], "colour"
    print("No wine data in $SPARKERAS_DATA: this is scikit-learn's cultivars data.")
    from sklearn.datasets import load_wine

    found = load_wine(as_frame=True).frame
    rows = spark.createDataFrame(found).selectExpr("*", "concat('cultivar ', target) AS cultivar").drop("target")
    return rows, rows.columns[:-1], "cultivar"
