"""What people write into a cell of a table that is empty.

Runs on: driver, Spark task, training process.
"""

EMPTY_CELLS = ("", "NA", "N/A", "n/a", "#N/A", "NaN", "nan", "NULL", "null", "None", "?")
