"""Cut the stretches that coders look at out of their recordings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from videmo.errors import RecordingError
from videmo.pipeline.study.update import StudyUpdate
from videmo.study.sampling import FOLDER, Clip


def cut_clips(
    update: StudyUpdate, drawn: Sequence[dict[str, Any]], clips: Sequence[Clip]
) -> tuple[dict[Clip, int], list[str]]:
    """Cut clips; returns the size of each in bytes, and why there are none of some recordings.

    Args:
        update: the study.
        drawn: rows of `study.sampling.draw_segments`.
        clips: the excerpt of each.

    Raises:
        OutputError: a clip can't be written.
    """
    by_recording: dict[str, list[Clip]] = {}
    for row, clip in zip(drawn, clips):
        by_recording.setdefault(str(row["recording"]), []).append(clip)
    sizes: dict[Clip, int] = {}
    notes = []
    for key, own in by_recording.items():
        try:
            for clip, size in _cut(update, key, own):
                sizes[clip] = size
        except RecordingError as exc:
            notes.append(f"no clips of {key}: {exc}")
    return sizes, notes


def _cut(update: StudyUpdate, key: str, clips: Sequence[Clip]) -> list[tuple[Clip, int]]:
    from videmo.store.recordings import compare, reading
    from videmo.video.clips import cut_clip
    from videmo.video.turn import probed_again

    results = update.results.recording(key)
    manifest = results.manifest
    source = results.source
    if not compare(manifest.input, source):
        raise RecordingError(source, "it is not what was analysed", advice="Analyse it again.")
    sizes = []
    with reading(source) as path:
        recording = probed_again(path, manifest.recording)
        for clip in clips:
            with update.folder.writing(f"{FOLDER}/{clip.name}") as target:
                cut_clip(recording, clip.begin_s, clip.end_s, target, steady=manifest.result.is_steady)
                sizes.append((clip, target.stat().st_size))
    return sizes
