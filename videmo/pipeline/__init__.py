"""Work on one recording and on a folder in stages, with one function that brings either up to date."""
