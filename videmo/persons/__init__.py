"""Turn detections into persons: follow faces, confirm, name and merge. Pure functions."""
