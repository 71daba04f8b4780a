"""Drawings and photos, and the guesses of a network.

Runs on: driver.

``stroke_image`` makes an image of strokes or of a photo, as MNIST was made; ``guesses`` runs a model on it and shows
its layers; ``first_model`` trains one on the embedded digits where there is none; ``saved_drawings`` is the data set of
drawings that were guessed wrong; ``routes`` are the addresses.
"""
