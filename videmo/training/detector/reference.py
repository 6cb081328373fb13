"""Read which faces real recordings show: what a person saw in them, and reference boxes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from videmo.errors import DatasetError
from videmo.records import Chunk
from videmo.training.detector.sights import Annotated
from videmo.training.detector.teacher import Teacher
from videmo.video.probe import probe
from videmo.video.read import ReadCounts, read_frames

EXPECTED: Final = "expected.json"
"""By recording: ``face`` and ``no_face``, spans ``[start, end]`` in seconds in which a face is clearly visible, or none
is; ``mostly_no_face`` where people are seen from behind. Other keys and entries that are no object are passed over."""
REFERENCE: Final = "faces.json"
"""By recording and number of the frame: ``faces`` and ``ignore`` (undecided), boxes ``[x, y, w, h]``."""

Spans = tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Clip:
    """Hold what is known about the faces in a recording."""

    path: Path
    face: Spans
    """Seconds in which a face is clearly visible."""
    no_face: Spans
    """Seconds in which there is none."""
    mostly_without: bool
    """True if hardly a face is seen, but it isn't known when."""
    reference: tuple[Annotated, ...] = ()


def read_reference(folder: Path) -> list[Clip]:
    """Read what the recordings of a folder show; without a reference, nothing is known about where faces are.

    Raises:
        DatasetError: a file is missing or malformed, or a recording that it names is missing.
    """
    expected = _read(folder / EXPECTED)
    reference = _read(folder / REFERENCE) if (folder / REFERENCE).is_file() else {}
    names = sorted({name for name, known in expected.items() if isinstance(known, dict)} | set(reference))
    clips = [_clip(folder, name, expected.get(name, {}), reference.get(name, {})) for name in names]
    return [clip for clip in clips if clip.face or clip.no_face or clip.mostly_without or clip.reference]


def _read(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as exc:
        raise DatasetError(
            path, f"cannot be read ({exc})", "what the recordings beside it show", "Restore it."
        ) from exc
    if not isinstance(content, dict):
        raise DatasetError(path, "not a table by recording", "an object", "Restore it.")
    return content


def _clip(folder: Path, name: str, known: Mapping[str, Any], frames: Mapping[str, Any]) -> Clip:
    if not (folder / name).is_file():
        raise DatasetError(folder / name, "no such file", f"a recording that {EXPECTED} or {REFERENCE} names")
    try:
        face, no_face = (tuple((float(a), float(b)) for a, b in known.get(key, ())) for key in ("face", "no_face"))
        boxes = sorted(
            (Annotated(int(frame), _boxes(one["faces"]), _boxes(one["ignore"])) for frame, one in frames.items()),
            key=lambda each: each.frame,
        )
    except (ValueError, TypeError, KeyError, AttributeError) as exc:
        found = f"what is said about {name} cannot be understood ({exc})"
        raise DatasetError(folder, found, f"{EXPECTED} and {REFERENCE} as described", "Restore both.") from exc
    return Clip(folder / name, face, no_face, bool(known.get("mostly_no_face")), tuple(boxes))


def _boxes(values: Any) -> npt.NDArray[np.float64]:
    return np.array(values, np.float64).reshape(-1, 4)


def within(times: npt.NDArray[np.float64], spans: Spans) -> npt.NDArray[np.bool_]:
    """Tell for each time whether it lies in one of the spans."""
    inside = np.zeros(len(times), bool)
    for start, end in spans:
        inside |= (times >= start) & (times <= end)
    return inside


def unseen_by(teacher: Teacher, path: Path) -> npt.NDArray[np.bool_]:
    """Tell for each frame of a recording whether the teacher suspects no face in it: ``(frames,)``.

    Raises:
        RecordingError: it can't be read.
    """
    frames = read_frames(probe(path), Chunk(0, None, None, None, 0.0), fps=None, counts=ReadCounts())
    return np.array([not len(teacher.mark(frame.luma.full()).boxes) for frame in frames], bool)
