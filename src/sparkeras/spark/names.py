"""Names of columns as Spark's expressions want them, and lists of names as errors say them.

Runs on: driver, Spark task, training process.
"""


def quoted(name):
    """Return a column's name in backticks, so that dots, blanks and backticks in it are parts of the name."""
    return "`" + name.replace("`", "``") + "`"


def listed(names, most=10):
    """Return names in quotes with commas between them: the first ``most``, and how many more there are."""
    names = list(names)
    more = f" and {len(names) - most:,} more" if len(names) > most else ""
    return ", ".join(map(repr, names[:most])) + more
