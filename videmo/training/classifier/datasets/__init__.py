"""Read labelled faces: one file per layout on disk, all of them one face at a time."""
