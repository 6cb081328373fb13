"""Choose which detectors are compared."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from videmo.errors import UsageError
from videmo.faces import network, yunet
from videmo.settings import DetectorSettings
from videmo.training.detector.measure import Contestant
from videmo.weights.fetch import fetched

SMALLEST_PX = 20.0
"""For the cascades, whose default of 40 px is meant for frames scaled to 640 px."""


def contestants(
    names: Sequence[str] | None, yunet_file: Path | None, report: Callable[[str], None]
) -> list[Contestant]:
    """List the detectors to compare: those named, else videmo's own, YuNet if available, and the cascade twice.

    Raises:
        UsageError: YuNet is named but not available.
    """
    if names:
        return [part for name in names for part in _named(name, yunet_file)]
    found = [*_named("videmo", None), *_named("haar", None)]
    try:
        return found + _named("yunet", yunet_file)
    except UsageError as exc:
        report(f"without YuNet: {exc}")
        return found


def _named(name: str, yunet_file: Path | None) -> list[Contestant]:
    if name == "haar" or name.endswith(".xml"):
        founding = {"scale_factor": 1.3, "min_neighbours": 5, "min_size_px": SMALLEST_PX}
        return [
            Contestant(f"{name} (1.2, 4)", DetectorSettings(name=name, min_size_px=SMALLEST_PX), 0.0),
            Contestant(f"{name} (1.3, 5), the founding setting", DetectorSettings(name=name, **founding), 0.0),  # type: ignore[arg-type]
        ]
    if name == "yunet":
        path = yunet_file or fetched("yunet")
        return [Contestant("yunet", DetectorSettings(name=str(path)), yunet.LEAST_SCORE)]
    least = yunet.LEAST_SCORE if name.endswith(".onnx") else network.LEAST_SCORE
    return [Contestant(name, DetectorSettings(name=name), least)]
