"""The tables of a whole folder of results."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

import videmo
from videmo.config import Settings
from videmo.errors import ResultsError
from videmo.files import write_json
from videmo.plots.overview import plot_overview
from videmo.plots.save import save_figure
from videmo.records import Outcome
from videmo.tables.csv import csv_safe, read_csv
from videmo.tables.manifest import FILE, WORK, read_manifest
from videmo.tables.schema import write_table
from videmo.timeline.summary import COLUMNS as SUMMARY_COLUMNS

RECORDINGS, SUMMARY, OVERVIEW = "recordings.csv", "summary.csv", "overview.png"
COLUMNS = (
    "recording", "status", "reason", "duration_s", "frames", "frames_with_face", "coverage", "people", "dominant",
    "width", "height", "average_fps", "codec", "warnings",
)  # fmt: skip


def finished_recordings(out: Path) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Folder and manifest of each finished recording below a folder of results, in order of their keys."""
    found = []
    for folder, names, files in os.walk(out):
        names[:] = [name for name in names if name != WORK]
        manifest = read_manifest(Path(folder)) if FILE in files else None
        if manifest and "recording" in manifest:
            names.clear()
            found.append((Path(folder), manifest))
    return iter(sorted(found, key=lambda item: item[1]["recording"]["key"]))


def failures_of(outcomes: Sequence[Outcome]) -> list[dict[str, Any]]:
    """Rows of ``recordings.csv`` for the recordings of a run that failed."""
    return [
        {"recording": csv_safe(outcome.source.key), "status": "failed", "reason": csv_safe(outcome.reason)}
        for outcome in outcomes
        if outcome.status == "failed"
    ]


def known_failures(out: Path) -> list[dict[str, Any]]:
    """Rows of ``recordings.csv`` for the recordings that failed in the run that wrote it."""
    if not (out / RECORDINGS).is_file():
        return []
    table = read_csv(out / RECORDINGS)
    failed: list[dict[str, Any]] = table.loc[table["status"] == "failed", ["recording", "status", "reason"]].to_dict(
        "records"
    )
    return failed


def write_folder_tables(out: Path, failures: Sequence[dict[str, Any]], settings: Settings) -> None:
    """Write ``recordings.csv``, ``summary.csv``, the overview plot and ``run.json`` of a folder.

    Args:
        out: the folder; every finished recording in it is listed.
        failures: rows for recordings that failed, see `failures_of` and `known_failures`.
        settings: of the run.
    """
    rows, persons = [], []
    for folder, manifest in finished_recordings(out):
        rows.append(_row(manifest))
        table = read_csv(folder / "summary.csv")
        table.insert(0, "recording", csv_safe(manifest["recording"]["key"]))
        persons.append(table)
    known = {row["recording"] for row in rows}
    rows += [failure for failure in failures if failure["recording"] not in known]
    recordings = pd.DataFrame(sorted(rows, key=lambda row: row["recording"]), columns=list(COLUMNS))
    recordings = recordings.astype(dict.fromkeys(("frames", "frames_with_face", "people", "width", "height"), "Int64"))
    filled = [table for table in persons if len(table)]
    columns = ["recording", *SUMMARY_COLUMNS]
    summary = pd.concat(filled, ignore_index=True) if filled else pd.DataFrame(columns=columns)
    write_table(recordings, out / RECORDINGS)
    write_table(summary, out / SUMMARY)
    if settings.plots.enabled:
        save_figure(plot_overview(recordings, summary), out / OVERVIEW, dpi=settings.plots.dpi)
    write_json(out / FILE, {"videmo": videmo.__version__, "settings": dataclasses.asdict(settings)})


def _row(manifest: dict[str, Any]) -> dict[str, Any]:
    result, recording = manifest["result"], manifest["recording"]
    incomplete = result.get("incomplete", "")
    return {
        "recording": csv_safe(recording["key"]),
        "status": "incomplete" if incomplete else "ok",
        "reason": incomplete,
        **{name: result[name] for name in ("duration_s", "frames", "frames_with_face", "coverage", "people")},
        "dominant": result["dominant"],
        **{name: recording[name] for name in ("width", "height", "average_fps", "codec")},
        "warnings": "; ".join(manifest["warnings"]),
    }


def read_folder(out: Path) -> list[tuple[Path, dict[str, Any]]]:
    """The finished recordings of a folder of results.

    Raises:
        ResultsError: there are none.
    """
    found = list(finished_recordings(out))
    if not found:
        raise ResultsError(f"{out}: no results of videmo there. Run 'videmo analyze … --out {out}' first.")
    return found
