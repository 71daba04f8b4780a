"""Predictions over HTTP, in the shape of TensorFlow Serving's REST interface.

Runs on: driver.

``app`` puts the server together; ``model`` is one model that answers, ``instances`` turns a request into arrays and
outputs into an answer, ``batching`` makes one forward pass of many requests, ``model_registry`` holds the models of
several runs and opens them anew when their files change, ``metrics`` counts, ``routes`` are the addresses. ``http``
holds requests, responses and the guard, and ``pages`` the page of all operations; the lab uses both, too.

Shape: https://www.tensorflow.org/tfx/serving/api_rest
"""
