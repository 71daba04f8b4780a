"""The data sets that have a name, one file each: its ``ENTRY`` tells what it is, reads it, and makes a sample of it."""
