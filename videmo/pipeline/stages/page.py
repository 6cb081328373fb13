"""Write the page of a recording: read its tables, take its pictures."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from videmo.errors import RecordingError
from videmo.files import replacing, write_text
from videmo.pipeline.stage import Stage
from videmo.pipeline.update import Update
from videmo.report.page import OBSERVED, ReportPlan, relative_address, render_report
from videmo.report.pictures import Pictures, take_pictures
from videmo.results import names
from videmo.results.recording import RecordingResults
from videmo.settings import Settings
from videmo.store.identity import compare
from videmo.video.probe import probe
from videmo.video.turn import turned


def _write(update: Update, settings: Settings) -> None:
    """Write the page from the tables. Pictures need the recording; without it there are none.

    It shows the annotated video where there is one; else the recording itself, unless faces are to be hidden.

    Raises:
        ResultsError: a table is missing or damaged.
        OutputError: the page can't be written.
    """
    results, manifest = update.results, update.manifest
    hides = settings.anonymize.hides_faces
    plan = ReportPlan(results.tables(OBSERVED), manifest, settings, {} if hides else update.work.people.names)
    source: Path | None = results.video if results.video.is_file() else None
    pictures = _hidden_pictures(plan, source) if hides else _pictures(plan, update)
    if source is None and not hides:
        source = Path(manifest.source)
    shown = relative_address(source, results.page) if source else ""
    write_text(results.page, render_report(plan, pictures, video=shown, home=results.home))
    _write_thumbnail(results, pictures)


def _write_thumbnail(results: RecordingResults, pictures: Pictures | None) -> None:
    if pictures is None or pictures.still is None:
        results.thumbnail.unlink(missing_ok=True)
        return
    with replacing(results.thumbnail) as partial:
        partial.write_bytes(pictures.still)


def _hidden_pictures(plan: ReportPlan, annotated: Path | None) -> Pictures:
    """Take no picture of a face where faces are to be hidden, and the large one from the annotated video only."""
    if annotated is None:
        return Pictures({}, None)
    return take_pictures(probe(annotated), (), plan.still_s())


def _pictures(plan: ReportPlan, update: Update) -> Pictures | None:
    """Take the pictures that a page shows; None if the recording is gone or has changed."""
    faces = [*plan.portraits().values(), *(moment.face for moment in plan.moments())]
    try:
        known = update.manifest.recording
        recording = turned(probe(Path(update.manifest.source), known.stream), known.turned)
        if not compare(update.manifest.input, recording.path):
            return None
        return take_pictures(recording, sorted(set(faces), key=lambda face: face.time_s), plan.still_s())
    except RecordingError:
        return None


REPORT: Final = Stage(
    name="report",
    words="page",
    needs=("tables",),
    settings=(
        "reading", "detector", "classifier", "tracking", "timeline", "episodes", "quality", "report",
        "anonymize.hides_faces",
    ),
    files=(names.REPORT,),
    beside=(names.THUMBNAIL,),
    run=_write,
    version=3,
    enabled=lambda settings: settings.report.enabled,
)  # fmt: skip
