"""Rows of another file as a run's model learned them: columns by their names, classes in their order.

Runs on: driver.
"""

import pyspark.sql.functions as F

from sparkeras.errors import DataError

_NAMED = 8  # in an error


def columns(rows, found, learned, name):
    """Return rows whose ``features`` stand in the order of the run's columns.

    Parameters
    ----------
    rows : DataFrame
        Its ``features`` are arrays of the columns ``found``.
    found, learned : sequences of str
        Names of the columns of these rows, and of those that the model was trained with; empty where they have none.
    name : str
        The data set, for an error.

    Raises
    ------
    DataError
        If these rows lack one of several columns that the model was trained with.
    """
    found, learned = list(found), list(learned)
    # One column may be a text or an image, whatever its name. Where no name is known, the order counts.
    if found == learned or len(learned) < 2 or not set(found) & set(learned):
        return rows
    missing = next((each for each in learned if each not in found), None)
    if missing is not None:
        raise DataError(f"{name!r} has no column {missing!r}, which the model was trained with.")
    features = F.col("features")
    return rows.withColumn("features", F.array(*(features[found.index(each)] for each in learned)))


def classes(rows, found, learned, name, by_name=True):
    """Return rows whose ``label`` counts the classes as the model does.

    Parameters
    ----------
    rows : DataFrame
        Its labels are places in ``found``.
    found, learned : sequences of str
        Names of the classes of these rows, and of those that the model was trained with; empty where labels were
        numbers.
    name : str
        The data set, for an error.
    by_name : bool
        Were the run's own labels texts, so that numbers could not be told apart?

    Raises
    ------
    DataError
        If these rows have a class that the model does not know, or numbers where it knows names.
    """
    found, learned = list(found), [str(each) for each in learned]
    counted = [str(i) for i in range(max(len(found), len(learned)))]
    if found == learned or (not learned and found == counted) or (not found and (not by_name or learned == counted)):
        return rows
    if not learned:
        raise DataError(
            f"The labels of {name!r} are texts ({_listed(found)}), and the model was trained with numbers. "
            "Give labels as the numbers that it was trained with."
        )
    if not found:
        raise DataError(
            f"The labels of {name!r} are numbers, and the model was trained with names ({_listed(learned)}). "
            "Give labels as these names."
        )
    unknown = [each for each in found if each not in learned]
    if unknown:
        raise DataError(
            f"{name!r} has rows of the class {unknown[0]!r}, which the model does not know; it tells apart "
            f"{_listed(learned)}."
        )
    places = F.array(*(F.lit(learned.index(each)) for each in found))
    return rows.withColumn("label", F.element_at(places, F.col("label") + 1))


def _listed(names):
    return ", ".join(map(repr, names[:_NAMED])) + (", ..." if len(names) > _NAMED else "")
