"""Trainings and what became of them: runs in a folder, live progress, mistakes, and trainings started from the page.

Runs on: driver.

``folder`` lists runs, finished and at work; ``details`` tells all of one; ``mistaken_rows`` asks its model about the
test rows; ``jobs`` starts and stops ``sparkeras train``; ``routes`` are the addresses.
"""
