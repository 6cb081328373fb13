"""Measure the displayed emotion of a face, as probabilities of five words."""

from __future__ import annotations

from typing import Final

EMOTIONS: Final = ("neutral", "happy", "sad", "surprise", "angry")
"""The displayed emotions in the one order of every table, plot and network: an emotion's place is its index."""
