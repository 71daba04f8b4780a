"""One training on Spark: the stage that the driver runs, its tasks, and what guards the training processes."""
