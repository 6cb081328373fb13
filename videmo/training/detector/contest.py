"""Choose which detectors are compared."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from videmo.errors import UsageError
from videmo.faces import network, yunet
from videmo.faces.detector import sure_score
from videmo.settings import DetectorSettings
from videmo.weights.fetch import fetched

SMALLEST_PX = 20.0
"""For the cascades, whose default of 40 px is meant for frames scaled to 640 px."""
YUNET_LONGEST = 640
"""Longer side of the frames of recordings in which YuNet searches."""


@dataclass(frozen=True, slots=True)
class Contestant:
    """Name a detector to measure."""

    title: str
    settings: DetectorSettings
    """For pictures scaled to a common size."""
    threshold: float
    """The least score at which it reports a face in a single picture."""
    recordings: DetectorSettings | None
    """For pictures at their own size and for recordings; None if it isn't compared there."""

    @property
    def sure(self) -> float:
        """Return the score that makes a face somebody's in a recording: where there is none, the least score."""
        return (sure_score(self.recordings) if self.recordings else 0.0) or self.threshold


def contestants(
    names: Sequence[str] | None, yunet_file: Path | None, report: Callable[[str], None]
) -> list[Contestant]:
    """List the detectors to compare.

    Args:
        names: each is a name, the path of a file, or ``TITLE=NAME`` or ``TITLE=FILE``; None for videmo's own detector,
            the cascade in two settings, and YuNet if it is available.
        yunet_file: None for the fetched one.
        report: receives a line if YuNet is missing.

    Raises:
        UsageError: YuNet is named but not available, or two contestants have the same title.
    """
    if names:
        return _distinct([part for name in names for part in _named(*_titled(name), yunet_file)])
    found = [*_named("videmo", "videmo", None), *_named("haar", "haar", None)]
    try:
        return found + _named("yunet", "yunet", yunet_file)
    except UsageError as exc:
        report(f"without YuNet: {exc}")
        return found


def available_yunet(yunet_file: Path | None) -> Path | None:
    """Return YuNet's file: the given one, else the fetched one, else None."""
    try:
        return yunet_file or fetched("yunet")
    except UsageError:
        return None


def _titled(name: str) -> tuple[str, str]:
    """Split ``TITLE=NAME``; a file may have an equals sign in its path."""
    title, equals, rest = name.partition("=")
    return (title, rest) if equals and title and not Path(name).is_file() else (name, name)


def _distinct(found: list[Contestant]) -> list[Contestant]:
    titles = [contestant.title for contestant in found]
    for title in titles:
        if titles.count(title) > 1:
            advice = "Give each a title of its own: TITLE=FILE."
            raise UsageError(title, "there are two detectors of this title", advice=advice)
    return found


def _named(title: str, name: str, yunet_file: Path | None) -> list[Contestant]:
    if name == "haar" or name.endswith(".xml"):
        founding = {"scale_factor": 1.3, "min_neighbours": 5, "min_size_px": SMALLEST_PX}
        usual, former = f"{title} (1.2, 4)", f"{title} (1.3, 5), the founding setting"
        return [
            Contestant(usual, DetectorSettings(name=name, min_size_px=SMALLEST_PX), 0.0, DetectorSettings(name=name)),
            Contestant(former, DetectorSettings(name=name, **founding), 0.0, None),  # type: ignore[arg-type]
        ]
    if name == "yunet" or name.endswith(".onnx"):
        file = str(yunet_file or fetched("yunet")) if name == "yunet" else name
        larger = DetectorSettings(name=file, max_side=YUNET_LONGEST)
        return [Contestant(title, DetectorSettings(name=file), yunet.LEAST_SCORE, larger)]
    return [Contestant(title, DetectorSettings(name=name), network.LEAST_SCORE, DetectorSettings(name=name))]
