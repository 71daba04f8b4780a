"""Predictions over HTTP, in the shape of TensorFlow Serving's REST interface.

Runs on: driver.

``model`` is one model that answers, ``instances`` turns what a request holds into arrays and back, ``batching`` makes
one forward pass of many requests, ``model_registry`` holds the models of several runs and opens them anew when their
files change, ``metrics`` counts, ``routes`` are the addresses.

Shape: https://www.tensorflow.org/tfx/serving/api_rest
"""
