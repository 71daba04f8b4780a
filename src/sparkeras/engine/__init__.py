"""One training or scoring, from a DataFrame to weights: the driver (training), Spark's tasks (stage), the training process."""
