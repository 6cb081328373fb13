"""Training, quantising and evaluating models: the only code that imports TensorFlow."""
