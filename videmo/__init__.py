"""Emotion timelines from recordings of faces.

>>> import videmo
>>> results = videmo.analyze("samples/two-people.mp4", fps=5)
>>> results
<Results: 1 recording, 2 persons>
>>> results["two-people.mp4"].summary["person"].tolist()
[1, 2]
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from videmo.version import __version__

if TYPE_CHECKING:
    from videmo.api.analysis import analyze, read
    from videmo.api.images import EmotionClassifier, FaceDetector
    from videmo.api.results import Results
    from videmo.api.study import StudyResults, read_study
    from videmo.batch.progress import Progress
    from videmo.errors import UsageError, VidemoError
    from videmo.records import Detection
    from videmo.results.tables import Tables
    from videmo.settings import Settings

__all__ = [
    "Detection",
    "EmotionClassifier",
    "FaceDetector",
    "Progress",
    "Results",
    "Settings",
    "StudyResults",
    "Tables",
    "UsageError",
    "VidemoError",
    "__version__",
    "analyze",
    "read",
    "read_study",
]
_HOMES = {
    "Detection": "videmo.records",
    "EmotionClassifier": "videmo.api.images",
    "FaceDetector": "videmo.api.images",
    "Progress": "videmo.batch.progress",
    "Results": "videmo.api.results",
    "Settings": "videmo.settings",
    "StudyResults": "videmo.api.study",
    "Tables": "videmo.results.tables",
    "UsageError": "videmo.errors",
    "VidemoError": "videmo.errors",
    "analyze": "videmo.api.analysis",
    "read": "videmo.api.analysis",
    "read_study": "videmo.api.study",
}
_ROOMS = ("plots", "study")
"""Rooms with functions for users, which are loaded likewise."""


def __getattr__(name: str) -> Any:
    """Load the public names when they are first used: importing videmo costs nothing."""
    from importlib import import_module

    if name in _ROOMS:
        return import_module(f"videmo.{name}")
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'videmo' has no attribute {name!r}")


def __dir__() -> list[str]:
    return [*__all__, *_ROOMS]
