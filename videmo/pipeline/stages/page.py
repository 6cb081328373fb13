"""Write the page of a recording: read its tables, take its pictures."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from videmo.files import write_text
from videmo.pipeline.stage import Stage
from videmo.pipeline.update import Update
from videmo.results import names
from videmo.results.recording import RecordingResults
from videmo.settings import Settings
from videmo.store.stores import kind_of

if TYPE_CHECKING:
    from videmo.report.page import ReportPlan
    from videmo.report.pictures import Pictures


def _write(update: Update, settings: Settings) -> None:
    """Write the page from the tables. Pictures need the recording; without it there are none.

    It shows the annotated video where there is one; else the recording itself, unless faces are to be hidden.

    Raises:
        ResultsError: a table is missing or damaged.
        OutputError: the page can't be written.
    """
    from videmo.pipeline.pictures import pictures_of
    from videmo.report.page import OBSERVED, ReportPlan, render_report
    from videmo.results.portraits import Portraits

    results, manifest = update.results, update.manifest
    hides, annotated = settings.anonymize.hides_faces, results.has_video
    plan = ReportPlan(results.tables(OBSERVED), manifest, settings, update.work.people, results.links())
    editing, portraits = plan.editing(), plan.portraits()
    faces = [*portraits.values(), *(moment.face for moment in plan.moments())]
    if hides:
        pictures: Pictures | None = _hidden_pictures(plan, results, annotated)
    else:
        pictures = pictures_of(manifest, faces, plan.still_s(), small=editing.found.faces)
    video = "" if hides and not annotated else _address(results.video if annotated else Path(manifest.source), results)
    with results.writing(names.REPORT) as path:
        write_text(path, render_report(plan, editing, pictures, video=video, home=results.home))
    if pictures is not None and pictures.still is not None:
        results.put(names.THUMBNAIL, pictures.still)
    else:
        results.remove(names.THUMBNAIL)
    if pictures is not None and not hides:
        shown = {person: pictures.faces[face] for person, face in portraits.items() if face in pictures.faces}
        results.put_part(names.PORTRAITS, Portraits.of(shown))
    else:
        results.remove(names.PORTRAITS)


def _address(video: Path, results: RecordingResults) -> str:
    """Return the address of a video for the page; empty if they lie in different kinds of stores."""
    from videmo.report.page import relative_address

    return relative_address(video, results.page) if kind_of(video) == kind_of(results.page) else ""


def _hidden_pictures(plan: ReportPlan, results: RecordingResults, annotated: bool) -> Pictures:
    """Take no picture of a face where faces are to be hidden, and the large one from the annotated video only."""
    from videmo.report.pictures import Pictures, take_pictures
    from videmo.video.probe import probe

    if not annotated:
        return Pictures({}, None)
    with results.reading(names.VIDEO) as path:
        return take_pictures(probe(path), (), plan.still_s())


REPORT: Final = Stage(
    name="report",
    words="page",
    needs=("tables",),
    settings=(
        "reading", "detector", "classifier", "tracking", "timeline", "episodes", "quality", "report",
        "anonymize.hides_faces",
    ),
    files=(names.REPORT,),
    beside=(names.THUMBNAIL, names.PORTRAITS),
    run=_write,
    version=6,
    enabled=lambda settings: settings.report.enabled,
)  # fmt: skip
