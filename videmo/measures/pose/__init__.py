"""Measure where a head is turned, in degrees."""
