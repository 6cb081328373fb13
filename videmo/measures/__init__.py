"""Measure faces: one file per measure, one line in `registry`."""
