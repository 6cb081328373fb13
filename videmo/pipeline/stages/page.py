"""Write the page of a recording: read its tables, take its pictures."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from videmo.files import write_text
from videmo.pipeline.stage import Stage
from videmo.pipeline.update import Unseen, Update
from videmo.results import names
from videmo.results.recording import RecordingResults
from videmo.settings import Settings
from videmo.store.stores import kind_of

if TYPE_CHECKING:
    from videmo.report.editing import Editing
    from videmo.report.page import ReportPlan
    from videmo.report.pictures import Pictures


def _write(update: Update, settings: Settings) -> None:
    """Write the page from the tables. Pictures need the recording; without it, those that were kept are shown.

    It shows the annotated video where there is one; else the recording itself, unless faces are to be hidden.

    Raises:
        ResultsError: a table is missing or damaged.
        OutputError: the page can't be written.
    """
    from videmo.report.page import OBSERVED, ReportPlan, render_report
    from videmo.results.portraits import Portraits

    results, manifest = update.results, update.manifest
    hides, annotated = settings.anonymize.hides_faces, results.has_video
    plan = ReportPlan(results.tables(OBSERVED), manifest, settings, update.work.people, results.links())
    editing, portraits = plan.editing(), plan.portraits()
    pictures = _hidden_pictures(plan, results, annotated) if hides else _pictures(update, plan, editing)
    video = _address(results.video, results) if annotated else "" if hides else _address_of_source(update)
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


def _pictures(update: Update, plan: ReportPlan, editing: Editing) -> Pictures | None:
    """Take the pictures of a page from the recording and keep them; where it can't be seen, return what was kept."""
    from videmo.pipeline.kept import KeptPictures
    from videmo.pipeline.pictures import pictures_of

    results, manifest = update.results, update.manifest
    faces = list(dict.fromkeys([*plan.portraits().values(), *(moment.face for moment in plan.moments())]))
    small = editing.found.faces
    taken = pictures_of(update.work.source.path, manifest, faces, plan.still_s(), small=small)
    if taken is not None:
        results.put_part(names.PAGE_PICTURES, KeptPictures.of(taken, manifest.input))
        return taken
    kept = results.load_part(names.PAGE_PICTURES, KeptPictures)
    there = kept is not None and kept.show(manifest.input)
    update.unseen = Unseen.PICTURED if there else Unseen.BARE
    return kept.pictures(faces, small) if kept is not None and there else None


def _address_of_source(update: Update) -> str:
    """Return the address of the recording itself; empty for a camera or stream."""
    return _address(update.work.source.path, update.results) if update.manifest.is_of_file else ""


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
        "reading", "detector", "landmarks", "classifier", "identity", "tracking", "timeline", "episodes", "quality",
        "report", "anonymize.hides_faces",
    ),
    files=(names.REPORT,),
    beside=(names.THUMBNAIL, names.PORTRAITS),
    run=_write,
    version=15,
    enabled=lambda settings: settings.report.enabled,
)  # fmt: skip
