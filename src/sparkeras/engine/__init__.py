"""One training or scoring, from a DataFrame to weights: the driver, Spark's tasks (stage), the training process."""
