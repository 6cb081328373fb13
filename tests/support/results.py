"""A finished recording built by hand: tables as the pipeline writes them, without a video."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from videmo.pipeline.identity import stages_after, stages_with_people
from videmo.pipeline.join import assign_persons
from videmo.pipeline.outputs import interpret, write_tables

from videmo.measures.emotions import EMOTIONS
from videmo.persons.people import read_people
from videmo.results.manifest import finish
from videmo.results.schema import OBSERVATIONS, write_table
from videmo.settings import Settings, TrackingSettings

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
    table["person"] = pd.array([None] * len(table), dtype="Int64")
    table["left_out"] = ""
    table["scene_change"] = np.where(table["frame"] > 0, 0.01, np.nan)
    return assign_persons(table, TrackingSettings())


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
    folder, settings = out / key, settings or Settings()
    folder.mkdir(parents=True)
    if people:
        (folder / "people.csv").write_text(people, encoding="utf-8")
    manifest: dict[str, Any] = {
        "videmo": "0.1.0",
        "source": str(source or out.parent / "recordings" / key),
        "recording": {
            "key": key, "container": "mp4", "codec": "h264", "pixel_format": "yuv420p", "width": 640, "height": 360,
            "rotation": 0, "time_base": "1/1000", "start_s": 0.0, "duration_s": duration_s, "average_fps": 25.0,
            "frame_count_from_header": 250, "audio": ["aac"],
        },
        "input": {"size_bytes": 1, "modified_ns": 1_700_000_000_000_000_000, "sha256": "0"},
        "stages": {},
        "result": {"duration_s": duration_s, "decoded": 250, "damaged": 0, "unordered": 0, "incomplete": ""},
        "warnings": [],
    }  # fmt: skip
    stages = stages_with_people(stages_after("observed", settings), read_people(folder))
    table, _ = interpret(folder, observations(faces, duration_s), settings, manifest, stages)
    write_table(table, folder / "observations.csv")
    write_tables(folder, table, settings, manifest)
    manifest["stages"] = {"observe": "observed", "persons": stages.persons, "tables": stages.tables}
    finish(folder, manifest)
    return folder
