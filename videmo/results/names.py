"""Name the files in a folder of results. Others read and write them through `RecordingResults` and `ResultsFolder`."""

from __future__ import annotations

from typing import Final

MANIFEST: Final = "run.json"
"""Of a recording, and of the whole folder."""
WORK: Final = ".work"
"""Temporary files, until a recording is finished."""
BEGUN: Final = f"{WORK}/{MANIFEST}"
"""Manifest of a recording that is not finished."""
LOCK: Final = ".videmo.lock"
GUARD: Final = ".videmo-workers.lock"
"""Held by each worker of a run; there only while workers are, or after a kill."""
OBSERVATIONS: Final = "observations.csv"
TIMELINE: Final = "timeline.csv"
EPISODES: Final = "episodes.csv"
SUMMARY: Final = "summary.csv"
QUALITY: Final = "quality.csv"
PEOPLE: Final = "people.csv"
PLOTS: Final = ("timeline.png", "timeline.svg", "shares.png", "transitions.png")
REPORT: Final = "report.html"
THUMBNAIL: Final = "thumbnail.jpg"
VIDEO: Final = "annotated.mp4"
FILM: Final = "recording.mp4"
"""The video of a live session."""
RECORDINGS: Final = "recordings.csv"
OVERVIEW: Final = "overview.png"
INDEX: Final = "index.html"
