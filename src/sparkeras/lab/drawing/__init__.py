"""Drawings and photos, and what a network says of them.

Runs on: driver.

``stroke_image`` makes an image of strokes or of a photo, as MNIST was made; ``guesses`` asks a model and shows what
fired inside; ``first_model`` trains one on the embedded digits where there is none; ``saved_drawings`` is the data set
of drawings that were told wrong; ``routes`` are the addresses.
"""
