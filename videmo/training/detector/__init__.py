"""Training and measuring of the face detector."""
