"""A neural network from scratch: every formula of learning in NumPy, and how Spark carries it.

Read in this order: ``activations``, ``layers``, ``losses`` (what a network is made of, forwards and backwards),
``network`` (the chain of them), ``optimizers`` (what to do with a gradient), ``building`` (first weights), ``training``
(which rows, which steps), ``chance`` (its random numbers), ``on_spark`` (the same, the rows divided among machines).

A row is one example. A hidden layer lies between inputs and outputs. Learning moves each weight w against dL/dw.
"""
