"""Share tables, pictures and conversions between the training of classifiers, detectors and cascades."""
