"""Keep the pictures themselves beside the tables."""

from __future__ import annotations

import contextlib
import dataclasses
import queue
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from videmo.errors import VidemoError
from videmo.records import Recording
from videmo.results.manifest import Manifest
from videmo.results.recording import RecordingResults
from videmo.store.places import spelled
from videmo.store.recordings import identity_of, reading, with_content
from videmo.video.capture import TICK
from videmo.video.displayed import displayed_yuv420p
from videmo.video.mux import join_segments
from videmo.video.probe import probe
from videmo.video.read import Frame
from videmo.video.write import growing_segment

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
        self._results, self._name = results, results.film.name
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
            with self._results.writing(self._results.film_part) as path:
                self._encode(path)
        except VidemoError as exc:
            self._error = exc  # the pictures that arrive now find no room, and are counted

    def _encode(self, path: Path) -> None:
        try:
            with growing_segment(path, self._recording, quality=self._quality) as writer:
                last = -1
                for frame in self._frames():
                    stamp = round(frame.time_s / TICK)
                    if stamp > last:  # an encoder takes no two pictures for one moment
                        seen = dataclasses.replace(self._recording, pixel_aspect=frame.aspect)
                        writer.write(displayed_yuv420p(frame.picture, seen), stamp, frame.picture)
                        last = stamp
        except VidemoError as exc:
            self._error = exc  # here, so that what is written already is kept

    def _frames(self) -> Iterator[Frame]:
        return iter(self._waiting.get, None)


def with_film(results: RecordingResults, manifest: Manifest) -> Manifest:
    """Make a video of the pictures that a session kept, if any; the results then belong to this video."""
    part, target = results.film_part, results.film
    if not results.has(part):
        return manifest
    try:
        with results.reading(part) as path:
            if not path.stat().st_size:
                return manifest
            with results.writing(target.name) as video:
                join_segments([path], dataclasses.replace(manifest.recording, audio=()), video, audio=False)
        with reading(target) as video:
            made = dataclasses.replace(probe(video), path=target, keyframes=())
    except VidemoError as exc:
        note = f"{target.name} could not be made: {str(exc).rstrip('.')}"
        return manifest.with_note("live", (*manifest.notes.get("live", ()), note))
    known = with_content(identity_of(target), target)
    return dataclasses.replace(manifest, source=spelled(target, results.out), recording=made, input=known)
