"""Tables, pictures and conversions that the training of classifiers, detectors and cascades share."""
