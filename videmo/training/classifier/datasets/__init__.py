"""Reading labelled faces: one file for each layout on disk, all of them one face at a time."""
