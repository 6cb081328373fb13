"""The page of one recording: read its tables, take its pictures, write ``report.html`` and ``thumbnail.jpg``."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import Any

from videmo.errors import RecordingError
from videmo.files import replacing, write_text
from videmo.pipeline.names import EPISODES, INDEX, OBSERVATIONS, QUALITY, REPORT, SUMMARY, THUMBNAIL, TIMELINE, VIDEO
from videmo.report.page import OBSERVED, ReportPlan, ReportTables, relative_address, render_report
from videmo.report.pictures import Pictures, take_pictures
from videmo.settings import Settings
from videmo.tables.csv import read_csv
from videmo.tables.manifest import same_input
from videmo.tables.people import person_names
from videmo.tables.schema import read_observations, read_summary
from videmo.video.probe import probe


def write_page(folder: Path, settings: Settings, manifest: dict[str, Any]) -> None:
    """Write the page of a recording from its tables. Pictures need the recording; without it there are none.

    It shows the annotated video where there is one; else the recording itself, unless faces are to be hidden.

    Args:
        folder: of the recording's results.
        settings: that the results were made with.
        manifest: of the recording.

    Raises:
        ResultsError: a table is missing or damaged.
        OutputError: the page can't be written.
    """
    tables = ReportTables(
        observations=read_observations(folder / OBSERVATIONS, OBSERVED),
        summary=read_summary(folder / SUMMARY),
        timeline=read_csv(folder / TIMELINE),
        episodes=read_csv(folder / EPISODES),
        quality=read_csv(folder / QUALITY),
    )
    hides = settings.anonymize.hides_faces
    plan = ReportPlan(tables, manifest, settings, {} if hides else person_names(folder))
    page, annotated = folder / REPORT, folder / VIDEO
    source: Path | None = annotated if annotated.is_file() else None
    pictures = _hidden_pictures(plan, source) if hides else _pictures(plan, Path(manifest["source"]))
    if source is None and not hides:
        source = Path(manifest["source"])
    shown = relative_address(source, page) if source else ""
    home = "../" * len(PurePosixPath(manifest["recording"]["key"]).parts) + INDEX
    write_text(page, render_report(plan, pictures, video=shown, home=home))
    if pictures is None or pictures.still is None:
        (folder / THUMBNAIL).unlink(missing_ok=True)
        return
    with replacing(folder / THUMBNAIL) as partial:
        partial.write_bytes(pictures.still)


def _hidden_pictures(plan: ReportPlan, annotated: Path | None) -> Pictures:
    """Where faces are to be hidden: none of a face, and of the whole only what the annotated video shows."""
    if annotated is None:
        return Pictures({}, None)
    return take_pictures(probe(annotated), (), plan.still_s())


def _pictures(plan: ReportPlan, source: Path) -> Pictures | None:
    """The pictures that a page shows, or None if the recording is gone or another one by now."""
    sights = [*plan.portraits().values(), *(moment.sight for moment in plan.moments())]
    try:
        recording = probe(source)
        if not same_input(dict(plan.manifest), source, recording.size_bytes, recording.modified_ns):
            return None
        return take_pictures(recording, sorted(set(sights), key=lambda sight: sight.time_s), plan.still_s())
    except RecordingError:
        return None
