"""Callbacks on their way to the training process and back: attributes by value, what they write, the caller's files."""
