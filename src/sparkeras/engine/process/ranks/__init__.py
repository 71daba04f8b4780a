"""Several ranks make the update of one: losses, gradients and metrics of the rows of all ranks."""
