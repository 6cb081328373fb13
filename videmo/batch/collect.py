"""The tables of a whole folder of results."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

import videmo
from videmo.errors import ResultsError
from videmo.files import PARTIAL, read_json, write_json, write_text
from videmo.pipeline.names import INDEX, REPORT, THUMBNAIL
from videmo.plots.overview import plot_overview
from videmo.plots.save import save_figure
from videmo.records import EMOTIONS, Outcome
from videmo.report.index import IndexRow, render_index
from videmo.settings import PlotSettings, Settings
from videmo.tables.csv import csv_safe
from videmo.tables.manifest import FILE, WORK, read_manifest
from videmo.tables.schema import read_summary, write_table
from videmo.timeline.summary import COLUMNS as SUMMARY_COLUMNS

Failure = dict[str, str]
"""Key, source and reason of a recording that failed."""
RECORDINGS, SUMMARY, OVERVIEW = "recordings.csv", "summary.csv", "overview.png"
COLUMNS = (
    "recording", "status", "reason", "duration_s", "frames", "frames_with_face", "coverage", "people", "dominant",
    "width", "height", "average_fps", "codec", "warnings",
    "usable_share", "quality",
)  # fmt: skip


def finished_recordings(out: Path) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Folder and manifest of each finished recording below a folder of results, in order of their keys."""
    found = []
    for folder, names, files in os.walk(out):
        names[:] = [name for name in names if name != WORK]
        manifest = read_manifest(Path(folder)) if FILE in files else None
        if manifest and "recording" in manifest:
            names.clear()
            if Path(folder) == out / manifest["recording"]["key"]:  # else it belongs to another folder of results
                found.append((Path(folder), manifest))
    return iter(sorted(found, key=lambda item: item[1]["recording"]["key"]))


def failures_of(outcomes: Sequence[Outcome]) -> list[Failure]:
    """The recordings of a run that failed."""
    return [
        {"key": outcome.source.key, "source": str(outcome.source.path.absolute()), "reason": outcome.reason}
        for outcome in outcomes
        if outcome.status == "failed"
    ]


def known_failures(out: Path, tried: Collection[str] = ()) -> list[Failure]:
    """The recordings that failed in earlier runs, still exist, and are not among the keys that were tried now."""
    known: list[Failure] = (read_json(out / FILE) or {}).get("failed", [])
    return [failure for failure in known if failure["key"] not in tried and Path(failure["source"]).exists()]


def write_folder_tables(
    out: Path, failures: Sequence[Failure], *, plots: PlotSettings, report: bool, settings: Settings | None
) -> None:
    """Write ``recordings.csv``, ``summary.csv``, the overview plot, the page and ``run.json`` of a folder.

    Args:
        out: the folder; every finished recording in it is listed.
        failures: recordings that failed, see `failures_of` and `known_failures`.
        plots: whether and how to draw the overview.
        report: whether to write the page.
        settings: of the run; None to keep those that are noted.
    """
    rows, persons, lines = [], [], []
    for folder, manifest in finished_recordings(out):
        rows.append(_row(manifest))
        table = read_summary(folder / SUMMARY)
        table.insert(0, "recording", csv_safe(manifest["recording"]["key"]))
        persons.append(table)
        lines.append(_line(folder, manifest, table))
    known = {row["recording"] for row in rows}
    failed = [failure for failure in failures if csv_safe(failure["key"]) not in known]
    rows += [
        {"recording": csv_safe(failure["key"]), "status": "failed", "reason": csv_safe(failure["reason"])}
        for failure in failed
    ]
    recordings = pd.DataFrame(sorted(rows, key=lambda row: row["recording"]), columns=list(COLUMNS))
    recordings = recordings.astype(dict.fromkeys(("frames", "frames_with_face", "people", "width", "height"), "Int64"))
    filled = [table for table in persons if len(table)]
    columns = ["recording", *SUMMARY_COLUMNS]
    summary = pd.concat(filled, ignore_index=True) if filled else pd.DataFrame(columns=columns)
    write_table(recordings, out / RECORDINGS)
    write_table(summary, out / SUMMARY)
    if plots.enabled:
        save_figure(plot_overview(recordings, summary), out / OVERVIEW, dpi=plots.dpi)
    else:
        (out / OVERVIEW).unlink(missing_ok=True)
    if report:
        lines += [IndexRow(failure["key"], "failed", failure["reason"]) for failure in failed]
        lines.sort(key=lambda line: line.key)
        write_text(out / INDEX, render_index(lines, version=videmo.__version__))
    else:
        (out / INDEX).unlink(missing_ok=True)
    used = (read_json(out / FILE) or {}).get("settings") if settings is None else dataclasses.asdict(settings)
    write_json(out / FILE, {"videmo": videmo.__version__, "settings": used, "failed": failed})
    for partial in out.glob(f"{PARTIAL}*"):
        partial.unlink(missing_ok=True)


def _line(folder: Path, manifest: dict[str, Any], summary: pd.DataFrame) -> IndexRow:
    """What the page of the folder says of a finished recording."""
    result, seen_s = manifest["result"], summary["seen_s"].sum()
    shares = [float((summary[f"share_{name}"] * summary["seen_s"]).sum() / seen_s) for name in EMOTIONS if seen_s]
    thumbnail = folder / THUMBNAIL
    return IndexRow(
        key=manifest["recording"]["key"],
        status="incomplete" if result.get("incomplete") else "ok",
        reason=result.get("incomplete", ""),
        **{name: result[name] for name in ("duration_s", "people", "dominant")},
        # A recording that an earlier version finished knows less, until it is done again.
        **{name: result[name] for name in ("usable_share", "quality", "strip") if name in result},
        shares=tuple(shares),
        thumbnail=thumbnail.read_bytes() if thumbnail.is_file() else None,
        page=(folder / REPORT).is_file(),
    )


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
        **{name: result.get(name) for name in ("usable_share", "quality")},
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
