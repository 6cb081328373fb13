"""What is measured in a face: one file per measure, one line in `registry`."""
