"""Names of columns as Spark's expressions want them.

Runs on: driver. Imports: nothing of ours.
"""


def quoted(name):
    """Return a column's name in backticks, so that dots, blanks and backticks in it are parts of the name."""
    return "`" + name.replace("`", "``") + "`"
