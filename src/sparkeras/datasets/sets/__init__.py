"""The data sets that have a name, one file each, with an ``ENTRY``: its facts, how to read it and to write a sample."""
