"""Take pictures from a recording that was analysed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from videmo.errors import RecordingError
from videmo.report.moments import ObservedFace, portraits
from videmo.report.pictures import Pictures, take_pictures
from videmo.results.manifest import Manifest
from videmo.results.recording import RecordingResults
from videmo.store.recordings import compare, reading
from videmo.video.read import check_unchanged
from videmo.video.turn import probed_again


def pictures_of(
    source: Path,
    manifest: Manifest,
    faces: Iterable[ObservedFace],
    still_s: float,
    *,
    small: Sequence[ObservedFace] = (),
) -> Pictures | None:
    """Take pictures of faces and a whole frame; None if the recording is gone, has changed or is read differently now.

    Args:
        source: location of the recording.
        manifest: of the recording.
        faces: where they were seen.
        still_s: time of the whole frame.
        small: where more faces were seen, of which smaller pictures do.
    """
    try:
        if not compare(manifest.input, source):
            return None
        with reading(source) as path:
            recording = probed_again(path, manifest.recording)
            if recording.view != manifest.recording.view:
                return None
            steady = manifest.result.is_steady
            taken = take_pictures(recording, list(dict.fromkeys(faces)), still_s, small=small, steady=steady)
            check_unchanged(recording)
            return taken
    except RecordingError:
        return None


def portraits_of(results: RecordingResults) -> dict[int, bytes]:
    """Return a JPEG picture of each person seen long: those that came with the page, else taken now where they can be.

    Raises:
        ResultsError: a table is missing or damaged.
    """
    kept = results.portraits()
    settings = results.manifest.settings
    if kept is not None or settings is None or settings.anonymize.hides_faces:
        return kept.by_person() if kept is not None else {}
    faces = portraits(results.summary, results.observations())
    still_s = next((face.time_s for face in faces.values()), 0.0)
    taken = pictures_of(results.source, results.manifest, faces.values(), still_s)
    return {person: taken.faces[face] for person, face in faces.items() if taken and face in taken.faces}
