"""The training process: plain Keras ``fit`` over a shard, made exact over several ranks."""
