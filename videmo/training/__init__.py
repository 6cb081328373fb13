"""Train, quantise and evaluate models: the only code that imports TensorFlow."""
