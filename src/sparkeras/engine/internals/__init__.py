"""What we use of Keras and JAX beyond their documentation, one file per library; of torch we use nothing such.

Each file's ``SITES`` names all of it: what it is for, since which version it is there, what happens without it.
tests/engine/internals looks each name up, so that a new version which lacks one fails there, by its name.
"""
