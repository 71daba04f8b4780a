"""One training, from the driver's stage to the training process and back."""
