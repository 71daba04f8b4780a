"""Trainings and their runs: runs in a folder, live progress, mistakes, and trainings started from the page.

Runs on: driver.

``folder`` lists runs, finished and at work; ``details`` describes one; ``mistaken_rows`` predicts its test rows again;
``jobs`` starts and stops trainings; ``routes`` are the addresses.
"""
