"""Declare the stages of the work on a recording, beside the functions that do it."""
