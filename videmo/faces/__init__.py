"""Find faces in frames and cut them out."""
