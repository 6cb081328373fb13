"""Watching a camera, a stream or a file while it is analysed."""
