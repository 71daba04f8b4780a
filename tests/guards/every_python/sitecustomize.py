"""Python runs this file at the start of each child process of the tests, which have its folder on PYTHONPATH."""

import os

import no_network

if os.environ.get(no_network.RECORD):
    no_network.watch()
