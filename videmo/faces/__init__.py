"""Finding faces in frames, cutting them out, and following them through time."""
