"""The stages of the work on one recording and on a folder, and one function that brings either up to date."""
