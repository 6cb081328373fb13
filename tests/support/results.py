"""A finished recording built by hand: tables as the pipeline writes them, without a video."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from videmo.measures.emotions import EMOTIONS
from videmo.persons.assigning import assign_persons
from videmo.pipeline.plan import plan_report
from videmo.pipeline.run import bring_up_to_date
from videmo.records import Recording
from videmo.results.manifest import Manifest, Result
from videmo.results.recording import RecordingResults
from videmo.results.schema import OBSERVATIONS
from videmo.settings import Settings, TrackingSettings
from videmo.store.identity import InputIdentity

RATE = 10
Face = tuple[float, float, float, str]
"""First and last second, left edge, and the emotion that is shown."""


def observations(faces: Sequence[Face], duration_s: float, side: float = 60.0) -> pd.DataFrame:
    """An observation table, persons assigned, of faces that stand still: ten frames a second."""
    rows: list[dict[str, Any]] = []
    for frame in range(round(duration_s * RATE)):
        time_s = frame / RATE
        seen = [face for face in faces if face[0] <= time_s <= face[1]]
        for _, _, left, emotion in seen:
            shares = {name: 0.9 if name == emotion else 0.025 for name in EMOTIONS}
            box = {"x": left, "y": 40.0, "w": side, "h": side, "face_score": 0.9}
            quality = {"emotion": emotion, "confidence": 0.9, "brightness": 120.0, "sharpness": 50.0}
            rows.append({"frame": frame, "time_s": time_s, "status": "ok", **box, **shares, **quality})
        if not seen:
            rows.append({"frame": frame, "time_s": time_s, "status": "no_face"})
    table = pd.DataFrame(rows).reindex(columns=list(OBSERVATIONS))
    for name in ("person", "track"):
        table[name] = pd.array([None] * len(table), dtype="Int64")
    table["left_out"] = ""
    table["scene_change"] = np.where(table["frame"] > 0, 0.01, np.nan)
    return assign_persons(table, TrackingSettings())


def build_manifest(source: Path, key: str, duration_s: float = 10.0) -> Manifest:
    """The manifest of a recording of which nothing but the observations is known."""
    known = InputIdentity(1, 1_700_000_000_000_000_000, "0")
    recording = Recording(
        path=source,
        container="mp4",
        codec="h264",
        pixel_format="yuv420p",
        width=640,
        height=360,
        rotation=0,
        time_base=Fraction(1, 1000),
        start_s=0.0,
        duration_s=duration_s,
        average_fps=25.0,
        frame_count_from_header=250,
        audio=("aac",),
        keyframes=(),
        size_bytes=known.size_bytes,
        modified_ns=known.modified_ns,
    )
    result = Result(duration_s=duration_s, decoded=250, incomplete="")
    return Manifest(str(source), key, recording, known, stages={"observe": "observed"}, result=result)


def build_recording(
    out: Path,
    key: str,
    faces: Sequence[Face],
    *,
    duration_s: float = 10.0,
    source: Path | None = None,
    settings: Settings | None = None,
    people: str = "",
) -> Path:
    """Put a finished recording into a folder of results, with a ``people.csv`` if one is given; returns its folder."""
    results = RecordingResults(out / key)
    results.folder.mkdir(parents=True)
    if people:
        results.people_file.write_text(people, encoding="utf-8")
    results.write_observations(observations(faces, duration_s))
    results.finish(build_manifest(source or out.parent / "recordings" / key, key, duration_s))
    bring_up_to_date(plan_report(results, settings or Settings(), plots=False, report=False))
    return results.folder
