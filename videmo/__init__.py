"""Emotion timelines from folders of recordings.

>>> import videmo
>>> table = videmo.analyze("interview.mp4")          # one row a sampled frame and face
>>> results = videmo.read("reports")                 # what an earlier run wrote
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from videmo.api import Results, analyze, read
    from videmo.settings import Settings

__version__ = "0.1.0"
__all__ = ["Results", "Settings", "__version__", "analyze", "read"]


def __getattr__(name: str) -> Any:
    """Load the public names when they are first used: importing videmo costs nothing."""
    from importlib import import_module

    homes = {"analyze": "videmo.api", "read": "videmo.api", "Results": "videmo.api", "Settings": "videmo.settings"}
    if name in homes:
        return getattr(import_module(homes[name]), name)
    raise AttributeError(f"module 'videmo' has no attribute {name!r}")
