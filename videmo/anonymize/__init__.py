"""Hide faces in the annotated video: search every frame, follow what was seen, make it unrecognisable."""
