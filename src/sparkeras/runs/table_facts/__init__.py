"""What a run says of a table beside its figures: the label, leaks, baselines, the importance of each column.

Runs on: driver.
"""
