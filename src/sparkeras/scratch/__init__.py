"""A neural network from scratch: every formula of learning in NumPy, and how Spark carries it.

Read in this order: ``activations``, ``layers``, ``losses`` (what a network is made of, forwards and backwards),
``network`` (the chain of them), ``optimizers`` (what to do with a gradient), ``building`` (first weights), ``training``
(which rows, which steps) and ``chance``, ``on_spark`` (the same with the rows divided among machines).

It imports nothing else of this project, and says ValueError where something is wrong.
"""
