"""Runs: the folder that a training leaves, its report, and runs compared."""
