"""Draw segments for human coders, and write empty sheets and projects for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from videmo.errors import StudyError
from videmo.export.coding import Stretch, write_boris, write_elan
from videmo.pipeline.study.begin import all_segments
from videmo.pipeline.study.run import open_study
from videmo.pipeline.study.update import StudyUpdate
from videmo.study.sampling import code_sheet, draw_segments


@dataclass(frozen=True, slots=True)
class Drawn:
    """The result of `draw_for_coders`."""

    written: tuple[Path, ...]
    segments: int
    recordings: int


def draw_for_coders(path: Path) -> Drawn:
    """Draw segments, a share of each label, and write a sheet of codes, an ELAN file per recording, a BORIS project.

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
    written = [folder.write_input("codes", code_sheet(drawn))]
    written += _projects(update, drawn)
    return Drawn(tuple(written), len(drawn), len({row["recording"] for row in drawn}))


def _projects(update: StudyUpdate, drawn: Sequence[dict[str, Any]]) -> list[Path]:
    folder, written = update.folder, []
    recordings = {}
    for key in sorted({str(row["recording"]) for row in drawn}):
        manifest = update.results.recording(key).manifest
        stretches = [
            Stretch(float(row["onset_s"]), float(row["duration_s"]), int(row["person"]))
            for row in drawn
            if row["recording"] == key
        ]
        recordings[key] = (Path(manifest.source), manifest.result.duration_s, stretches)
        with folder.writing(f"coding/{key}.eaf") as path:
            write_elan(path, Path(manifest.source), stretches)
        written.append(folder.path / "coding" / f"{key}.eaf")
    with folder.writing("coding/coding.boris") as path:
        write_boris(path, recordings)
    return [*written, folder.path / "coding" / "coding.boris"]
