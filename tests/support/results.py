"""A finished recording built by hand: tables as the pipeline writes them, without a video."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from videmo.faces.identity import recognition_identity
from videmo.faces.recognition import VALUES
from videmo.measures.emotions import EMOTIONS
from videmo.persons.assigning import assign_persons
from videmo.persons.sights import Sights
from videmo.pipeline.plan import plan_report
from videmo.pipeline.run import bring_up_to_date
from videmo.records import Recording
from videmo.results.manifest import Manifest, Result
from videmo.results.recording import RecordingResults
from videmo.results.schema import OBSERVATIONS
from videmo.results.tables import TABLES
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
            quality |= {"other": 0.1, "valence": shares["happy"] - max(shares["sad"], shares["angry"])}
            rows.append({"frame": frame, "time_s": time_s, "status": "ok", **box, **shares, **quality})
        if not seen:
            rows.append({"frame": frame, "time_s": time_s, "status": "no_face"})
    table = pd.DataFrame(rows).reindex(columns=list(OBSERVATIONS))
    for name in ("person", "track"):
        table[name] = pd.array([None] * len(table), dtype="Int64")
    table["left_out"] = ""
    table[["yaw", "pitch", "roll"]] = np.nan
    table["face_change"] = np.where(table["status"] == "no_face", np.nan, 0.01)
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
    faces: Sequence[Face] | pd.DataFrame,
    *,
    duration_s: float = 10.0,
    source: Path | None = None,
    settings: Settings | None = None,
    people: str = "",
    sights: Sights | None = None,
) -> Path:
    """Put a finished recording, of faces or a table of observations, into a folder of results; returns its folder.

    It has a ``people.csv`` if one is given. Without sights, faces are not recognised.
    """
    table = faces if isinstance(faces, pd.DataFrame) else observations(faces, duration_s)
    results = RecordingResults(out / key)
    results.folder.mkdir(parents=True)
    if people:
        results.people_file.write_text(people, encoding="utf-8")
    results.write_observations(table)
    none = Sights(np.zeros(0, np.int64), np.zeros((0, 2)), np.zeros((0, VALUES), np.int8))
    results.write_sights(none if sights is None else sights)
    results.finish(build_manifest(source or out.parent / "recordings" / key, key, duration_s))
    bring_up_to_date(plan_report(results, settings or Settings(), plots=False, report=False))
    return results.folder


TWO: tuple[Face, ...] = ((0.0, 9.9, 50.0, "happy"), (0.0, 9.9, 400.0, "sad"))


def look(person: int) -> np.ndarray:
    """What recognises somebody's face."""
    return np.random.default_rng(person).integers(-127, 128, VALUES).astype(np.int8)


def build_recognised(out: Path, key: str, left: int, right: int, network: str | None = None, people: str = "") -> Path:
    """Put a recording of two people into a folder of results, whose faces look like those of some numbers."""
    folder = build_recording(out, key, TWO, people=people)
    table = pd.read_csv(folder / "observations.csv")
    rows = table[table["frame"] % 10 == 0]
    vectors = np.stack([look(left if x < 200 else right) for x in rows["x"]])
    known = recognition_identity(Settings().identity) if network is None else network
    sights = Sights(rows["frame"].to_numpy(), rows[["x", "y"]].to_numpy(np.float64), vectors, known)
    RecordingResults(folder).write_sights(sights)
    return folder


MADE_BY_0_1_0: dict[str, Any] = {
    "input": {"modified_ns": 1_700_000_000_000_000_000, "sha256": "d2eabcaa", "size_bytes": 333877},
    "people": {"found": "a34fb3f2b82e3fe0", "said": ""},
    "people_warnings": [],
    "recording": {
        "audio": [], "average_fps": 25.0, "codec": "h264", "container": "mov,mp4,m4a,3gp,3g2,mj2", "duration_s": 10.0,
        "frame_count_from_header": 250, "height": 360, "key": "a.mp4", "pixel_format": "yuv420p", "rotation": 0,
        "start_s": 0.0, "time_base": "1/1000", "width": 640,
    },
    "result": {
        "coverage": 1.0, "damaged": 0, "decoded": 250, "dominant": "happy", "duration_s": 10.0, "frames": 100,
        "frames_with_face": 96, "incomplete": "", "people": 2, "quality": "good", "strip": "19" * 60, "unordered": 0,
        "usable_share": 0.96,
    },
    "settings": {
        "annotation": {
            "anonymize": "none", "anonymize_hold_s": 2.0, "anonymize_margin": 0.35, "anonymize_max_side": 640,
            "anonymize_min_score": 0.3, "anonymize_sure_score": 0.45, "audio": True, "enabled": True, "quality": 23,
        },
        "classifier": {"name": "residual", "prior_power": None},
        "detector": {
            "max_side": None, "min_neighbours": 4, "min_score": None, "min_size_px": None, "name": "videmo",
            "scale_factor": 1.2,
        },
        "episodes": {"enter": 0.55, "leave": 0.4, "min_duration_s": 0.4},
        "plots": {"dpi": 200, "enabled": True},
        "quality": {
            "fair_share": 0.7, "good_share": 0.9, "leave_out": ["small", "blurred", "dark", "border", "low_score"],
            "max_outside": 0.4, "min_brightness": 24.0, "min_height_px": 14.0, "min_score": 0.5, "min_sharpness": 4.5,
            "review_s": 1.0,
        },
        "reading": {"chunk_s": 10.0, "fps": None},
        "report": {"enabled": True},
        "timeline": {"max_gap_s": 0.5, "smoothing_s": 0.4, "step_s": 0.2},
        "tracking": {
            "cut_threshold": 0.35, "max_gap_s": 2.0, "min_detections": 3, "min_duration_s": 0.2, "min_overlap": 0.25,
            "min_presence": 0.3,
        },
    },
    "source": "/recordings/a.mp4",
    "stages": {
        "annotation": "bfa3fed23de0dfcf", "observe": "744c821bbc53f4d1", "persons": "a34fb3f2b82e3fe0",
        "plots": "1477abd45948afb7", "report": "e0d062fa98c035d8", "tables": "9b1e45bc3e921088",
    },
    "videmo": "0.1.0",
    "video_warnings": [],
    "warnings": [],
}  # fmt: skip
"""What version 0.1.0 wrote as ``run.json`` of a recording."""


def put_table(folder: Path, name: str, table: pd.DataFrame) -> None:
    """Put a table of a recording in place of its own, as if it had been written so."""
    table.to_csv(folder / f"{name}.csv", index=False, lineterminator="\n")
    results = RecordingResults(folder)
    rows = {**dict(zip(TABLES, results.manifest.result.rows, strict=True)), name: len(table)}
    results.finish(results.manifest.with_result(rows=tuple(rows.values())))
