"""A neural network from scratch: every formula of learning in NumPy, and how Spark carries it.

Read in this order: ``layer`` (what each step of a network promises), ``activations``, ``layers``, ``losses`` (the parts
of a network, forward and backward), ``network`` (the chain of them), ``optimizers`` (from gradients to better weights),
``building`` (first weights), ``training`` (which rows, which steps), ``chance`` (its random numbers), ``on_spark`` (the
same, the rows divided among machines).

A row is one example. A hidden layer lies between inputs and outputs. Learning moves each weight w against dL/dw.
"""
