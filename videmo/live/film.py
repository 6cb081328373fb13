"""Keep the pictures themselves beside the tables."""

from __future__ import annotations

import contextlib
import dataclasses
import queue
import threading
from collections.abc import Iterator
from typing import Final

from videmo.errors import VidemoError
from videmo.records import Recording
from videmo.results.manifest import Manifest
from videmo.results.recording import RecordingResults
from videmo.store.identity import identity_of, with_content
from videmo.video.capture import TICK
from videmo.video.planar import displayed_yuv420p
from videmo.video.probe import probe
from videmo.video.read import Frame
from videmo.video.write import growing_segment, join_segments

_PART: Final = "live.nut"
_WAITING: Final = 8
"""Pictures that may wait to be encoded. More would only take memory: an encoder that is too slow stays too slow."""


class Film:
    """Encode pictures in a thread of its own. One that arrives while too many wait is skipped, and counted.

    Args:
        results: of the session.
        recording: what is known of the source.
        quality: x264's rate factor.
    """

    def __init__(self, results: RecordingResults, recording: Recording, quality: int) -> None:
        self.skipped = 0
        self._path, self._name = results.work / _PART, results.film.name
        self._recording, self._quality = recording, quality
        self._error: VidemoError | None = None
        self._waiting: queue.Queue[Frame | None] = queue.Queue(_WAITING)
        self._thread = threading.Thread(target=self._work, name="videmo-film", daemon=True)
        self._thread.start()

    def offer(self, frame: Frame) -> None:
        """Have a picture encoded, unless too many wait; never blocks."""
        try:
            self._waiting.put_nowait(frame)
        except queue.Full:
            self.skipped += 1

    def close(self) -> tuple[str, ...]:
        """Encode what is waiting, and say what is missing."""
        while self._thread.is_alive():  # after an error it may end before it has made room
            with contextlib.suppress(queue.Full):
                self._waiting.put(None, timeout=1.0)
                self._thread.join()
        notes = []
        if self.skipped:
            notes.append(f"{self.skipped:,} pictures are missing from {self._name}: encoding was too slow")
        if self._error:
            notes.append(f"{self._name} is incomplete: {str(self._error).rstrip('.')}")
        return tuple(notes)

    def _work(self) -> None:
        try:
            with growing_segment(self._path, self._recording, quality=self._quality) as writer:
                last = -1
                for frame in self._frames():
                    stamp = round(frame.time_s / TICK)
                    if stamp > last:  # an encoder takes no two pictures for one moment
                        seen = dataclasses.replace(self._recording, pixel_aspect=frame.aspect)
                        writer.write(displayed_yuv420p(frame.picture, seen), stamp, frame.picture)
                        last = stamp
        except VidemoError as exc:
            self._error = exc  # the pictures that arrive now find no room, and are counted

    def _frames(self) -> Iterator[Frame]:
        return iter(self._waiting.get, None)


def with_film(results: RecordingResults, manifest: Manifest) -> Manifest:
    """Make a video of the pictures that a session kept, if any; the results then belong to this video."""
    part, target = results.work / _PART, results.film
    if not part.is_file() or not part.stat().st_size:
        return manifest
    try:
        join_segments([part], dataclasses.replace(manifest.recording, audio=()), target, audio=False)
        made = probe(target)
    except VidemoError as exc:
        note = f"{target.name} could not be made: {str(exc).rstrip('.')}"
        return manifest.with_note("live", (*manifest.notes.get("live", ()), note))
    made = dataclasses.replace(made, keyframes=())
    known = with_content(identity_of(target), target)
    return dataclasses.replace(manifest, source=str(target.absolute()), recording=made, input=known)
