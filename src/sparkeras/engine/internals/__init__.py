"""Private and replaced names of Keras and JAX, one file per library; of torch we use documented ones only.

Each file's ``SITES`` has a sentence per name: since which version, what for, what happens without it.
tests/engine/internals looks each name up, so that a new version that lacks one fails there, by its name.
"""
