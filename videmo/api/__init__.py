"""The Python interface. Its names are those of `videmo` itself; import them from there."""
