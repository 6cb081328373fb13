"""Names of what lies in a recording's folder of results, and of the page above it."""

from __future__ import annotations

from typing import Final

OBSERVATIONS: Final = "observations.csv"
TIMELINE: Final = "timeline.csv"
EPISODES: Final = "episodes.csv"
SUMMARY: Final = "summary.csv"
QUALITY: Final = "quality.csv"
PLOTS: Final = ("timeline.png", "timeline.svg", "shares.png", "transitions.png")
REPORT: Final = "report.html"
THUMBNAIL: Final = "thumbnail.jpg"
INDEX: Final = "index.html"
"""Of the whole folder."""
VIDEO: Final = "annotated.mp4"
