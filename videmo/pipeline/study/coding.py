"""Draw segments for human coders, and write empty sheets and projects for them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from videmo.errors import StudyError
from videmo.export.coding import Stretch, write_boris, write_elan
from videmo.pipeline.study.begin import all_segments
from videmo.pipeline.study.clips import cut_clips
from videmo.pipeline.study.run import open_study
from videmo.pipeline.study.update import StudyUpdate
from videmo.study.sampling import Clip, clip_of, code_sheet, draw_segments


@dataclass(frozen=True, slots=True)
class Planned:
    """Say what will be cut, before it is."""

    clips: int
    length_s: float
    """Of all of them."""
    size_bytes: float
    """About, at the bit rates of the recordings."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """The result of `draw_for_coders`."""

    written: tuple[Path, ...]
    segments: int
    recordings: int
    clips: int
    clip_bytes: int
    notes: tuple[str, ...]
    """Recordings of which there are no clips, and why."""


def _silent(planned: Planned) -> None: ...


def draw_for_coders(path: Path, *, clips: bool = True, say: Callable[[Planned], None] = _silent) -> Drawn:
    """Draw segments, a share of each label, and write a sheet of codes, clips, an ELAN file each, a BORIS project.

    Args:
        path: folder of the study.
        clips: whether the segments are cut out of the recordings.
        say: is told what will be cut, before it is.

    Raises:
        StudyError: an input can't be read, there are codes already, or nothing to draw from.
        OutputError: a file can't be written.
    """
    update = open_study(path)
    folder = update.folder
    if folder.has_input("codes"):
        advice = "Move it away first."
        raise StudyError(folder.path / folder.name_of("codes"), "there are codes already", advice=advice)
    segments: pd.DataFrame = all_segments(update)
    plan = update.study.plan
    drawn = draw_segments(segments, plan.coding.share, plan.study.seed)
    if not drawn:
        raise StudyError(path, "no segment has valid time: there is nothing to code")
    wanted = [_clip(update, row) for row in drawn] if clips else []
    if wanted:
        say(_planned(update, drawn, wanted))
    cut, notes = cut_clips(update, drawn, wanted)
    sheet = code_sheet(drawn, [clip if clip in cut else None for clip in wanted] if cut else [])
    projects = _projects(update, drawn)
    written = [folder.write_input("codes", sheet), *projects]  # last: with codes, nothing is drawn again
    return Drawn(
        tuple(written), len(drawn), len({row["recording"] for row in drawn}), len(cut), sum(cut.values()), tuple(notes)
    )


def _clip(update: StudyUpdate, row: dict[str, Any]) -> Clip:
    length = update.study.recordings[str(row["recording"])].duration_s
    return clip_of(row, length, update.study.plan.coding.margin_s)


def _planned(update: StudyUpdate, drawn: Sequence[dict[str, Any]], clips: Sequence[Clip]) -> Planned:
    size = length = 0.0
    for row, clip in zip(drawn, clips):
        manifest = update.results.recording(str(row["recording"])).manifest
        length += clip.end_s - clip.begin_s
        size += (clip.end_s - clip.begin_s) * manifest.input.size_bytes / max(1.0, manifest.result.duration_s)
    return Planned(len(clips), length, size)


def _projects(update: StudyUpdate, drawn: Sequence[dict[str, Any]]) -> list[Path]:
    folder, written = update.folder, []
    recordings = {}
    for key in sorted({str(row["recording"]) for row in drawn}):
        results = update.results.recording(key)
        stretches = [
            Stretch(float(row["onset_s"]), float(row["duration_s"]), int(row["person"]))
            for row in drawn
            if row["recording"] == key
        ]
        recordings[key] = (results.source, results.manifest.result.duration_s, stretches)
        with folder.writing(f"coding/{key}.eaf") as path:
            write_elan(path, results.source, stretches)
        written.append(folder.path / "coding" / f"{key}.eaf")
    with folder.writing("coding/coding.boris") as path:
        write_boris(path, recordings, update.study.plan.words)
    return [*written, folder.path / "coding" / "coding.boris"]
