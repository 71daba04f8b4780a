"""What a finished training leaves in its run's folder, and how a run is shown in the terminal.

Runs on: driver.
"""

from sparkeras.runs.report.rows import TestRows, WrongRow
from sparkeras.runs.report.terminal import show_run
from sparkeras.runs.report.writing import write_report

__all__ = ["TestRows", "WrongRow", "show_run", "write_report"]
