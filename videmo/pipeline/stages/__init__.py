"""The stages of the work on a recording: one declaration each, beside the functions that do it."""
