"""Measuring classifiers on held-out faces, with the runtime that analysis uses."""
