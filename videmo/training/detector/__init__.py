"""Train and measure the face detector."""
