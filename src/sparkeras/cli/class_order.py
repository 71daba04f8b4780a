"""Classes of another file in the order in which a run's model learned them.

Runs on: driver. Imports: ``errors`` only.
"""

import pyspark.sql.functions as F

from sparkeras.errors import DataError

_NAMED = 8  # in an error


def as_learned(rows, found, learned, name):
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

    Raises
    ------
    DataError
        If these rows have a class that the model does not know.
    """
    found, learned = list(found), [str(each) for each in learned]
    if not found or found == learned or (not learned and found == [str(i) for i in range(len(found))]):
        return rows
    if not learned:
        raise DataError(
            f"The labels of {name!r} are texts ({_listed(found)}), and the model was trained with numbers. "
            "Give labels as the numbers that it was trained with."
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
