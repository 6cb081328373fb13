"""Classifying the displayed emotion of a face."""
