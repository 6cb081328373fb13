"""Hiding faces in the annotated video: searching every frame, following what was seen, making it unrecognisable."""
