"""The command line: ``app.py`` and one file per group of commands."""
