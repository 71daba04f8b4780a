"""The data sets that have a name, one file each, with an ``ENTRY``: facts, a function that reads it, one for a sample."""
