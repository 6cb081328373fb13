"""Make the annotated video: boxes, persons and emotions drawn over the recording."""
