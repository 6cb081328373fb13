"""Keep what is seen: parts on the disk while it goes on, the tables of a recording at the end."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from videmo.batch.collect import known_failures, write_folder_tables
from videmo.batch.run import locked, stages_of
from videmo.config import fingerprint, settings_from_dict
from videmo.errors import ResultsError, UsageError
from videmo.live.film import Film, keep_film
from videmo.pipeline.identity import stages_after, stages_with_people
from videmo.pipeline.join import settings_values
from videmo.pipeline.names import OBSERVATIONS
from videmo.pipeline.observe import Columns, Sight
from videmo.pipeline.outputs import interpret, joined, new_manifest, note_warnings, publish, write_tables
from videmo.records import Recording
from videmo.settings import Settings
from videmo.tables.manifest import (
    WORK,
    file_sha256,
    read_manifest,
    read_progress,
    save_progress,
    tidy,
)
from videmo.tables.parts import ChunkObservations, load_part, save_part
from videmo.tables.people import read_people
from videmo.tables.schema import write_table
from videmo.video.read import Frame, ReadCounts

_LONGEST_PART_S: Final = 10.0
"""So much is lost at most when the power fails."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a sitting is recorded."""

    out: Path
    key: str
    """Names its folder of results."""
    source: Path
    """The file that is played, or the name of a camera or stream."""

    @property
    def folder(self) -> Path:
        """Of its results."""
        return self.out / self.key


class Recorder:
    """Writes down what is seen in a folder of results, which the caller has `locked`.

    Only the last seconds are held in memory; what is older lies in parts on the disk.

    Args:
        place: where.
        recording: what is known of the source.
        settings: of the sitting.
        counts: of the source, read when a part is written.
        overwrite: whether earlier results under the same key may go.
        film: whether to keep the pictures too.

    Raises:
        UsageError: there are results of another run, or the detector or classifier can't be loaded.
        OutputError: the folder can't be written to.
    """

    def __init__(
        self,
        place: Place,
        recording: Recording,
        settings: Settings,
        counts: ReadCounts,
        *,
        overwrite: bool,
        film: bool = False,
    ) -> None:
        self._folder, self._counts = place.folder, counts
        if not overwrite and (read_progress(place.folder) or place.folder.is_file()):
            raise UsageError(f"{place.folder}: there are results already. Choose another --record, or use --overwrite.")
        if overwrite:
            shutil.rmtree(place.folder / WORK, ignore_errors=True)
        self._columns, self._first, self._begin_s, self._written = Columns(), 0, 0.0, 0
        self._damaged = self._unordered = 0
        self._last_s = 0.0
        self._part_s = min(settings.reading.chunk_s, _LONGEST_PART_S)
        # Not the hash of a whole analysis: frames may be missing, and 'videmo analyze' then has to look again.
        observe = fingerprint("live", stages_of(settings).observe)
        source = str(place.source.absolute() if recording.size_bytes else place.source)
        self._manifest = new_manifest(source, place.key, recording, sha256="") | {
            "stages": {"observe": observe},
            "settings": settings_values(settings),
            "live": {"state": "broken off"},
        }
        save_progress(self._folder, self._manifest)
        self._film = Film(self._folder, recording, settings.annotation.quality) if film else None

    def keep(self, frame: Frame) -> None:
        """Keep the picture of a frame, looked at or not, if pictures are kept."""
        if self._film is not None:
            self._film.offer(frame)

    def add(self, frame: Frame, sights: Sequence[Sight]) -> None:
        """Write down one picture that was looked at."""
        if len(self._columns) and frame.time_s - self._begin_s >= self._part_s:
            self._save(frame.index)
        if not len(self._columns):
            self._begin_s = frame.time_s
        self._columns.add(frame.index - self._first, frame, sights)
        self._last_s = frame.time_s

    def close(self, state: str, message: str, *, captured: int, missed: int) -> None:
        """Write the last part and note how it ended; `finish_session` makes tables of it."""
        self._save(max(self._counts.frames, self._first), end_s=self._counts.end_s)
        self._manifest["live"] = {"state": state, "captured": captured, "missed": missed}
        length_s = self._manifest["recording"]["duration_s"] or 0.0
        warnings = _warnings(state, message, captured, missed, self._last_s, length_s)
        lost = self._film.close() if self._film is not None else ()
        self._manifest["live_warnings"] = [*warnings, *lost]
        save_progress(self._folder, self._manifest)

    def _save(self, next_index: int, end_s: float | None = None) -> None:
        """Write what was gathered, up to before a frame, as one part."""
        done = ReadCounts(
            frames=next_index - self._first,
            damaged=self._counts.damaged - self._damaged,
            unordered=self._counts.unordered - self._unordered,
            end_s=self._last_s if end_s is None else end_s,
        )
        if len(self._columns):
            save_part(self._columns.finish(done), self._folder / WORK / f"live-{self._written:06}.npz")
        self._columns, self._first, self._written = Columns(), next_index, self._written + 1
        self._damaged, self._unordered = self._damaged + done.damaged, self._unordered + done.unordered


def _warnings(state: str, message: str, captured: int, missed: int, last_s: float, length_s: float) -> Iterator[str]:
    if missed:
        yield (
            f"{missed:,} of {captured:,} frames were not looked at: later ones came while an earlier one was looked at"
        )
    if state == "lost":
        yield f"the source was lost at {last_s:.1f} s: {message.rstrip('.')}"
    if state == "stopped" and length_s - last_s > 1.0:
        yield f"watching was stopped at {last_s:.1f} of {length_s:.1f} s"


def finish_session(folder: Path) -> dict[str, Any]:
    """Make the tables, plots and page of a sitting from its parts, also of one that broke off.

    Returns:
        The manifest.

    Raises:
        ResultsError: not a single frame was seen.
        OutputError: something can't be written.
    """
    manifest = read_progress(folder)
    settings = settings_from_dict(manifest["settings"])
    found = (load_part(path, ChunkObservations) for path in sorted((folder / WORK).glob("live-*.npz")))
    parts = [part for part in found if part is not None and len(part.frame)]
    if not parts:
        raise ResultsError(f"{folder}: nothing was recorded: not a single picture was looked at.")
    if manifest["live"]["state"] == "broken off":
        manifest["live_warnings"] = ["the session broke off: it was killed or the power failed"]
    observations, result = joined(parts, settings.reading)
    manifest["result"] = {**result, "incomplete": ""}
    keep_film(folder, manifest)
    source = Path(manifest["source"])
    if not manifest["input"]["sha256"] and manifest["input"]["size_bytes"] and source.is_file():
        manifest["input"]["sha256"] = file_sha256(source)
    stages = stages_with_people(stages_after(manifest["stages"]["observe"], settings), read_people(folder))
    observations, _ = interpret(folder, observations, settings, manifest, stages)
    write_table(observations, folder / OBSERVATIONS)
    write_tables(folder, observations, settings, manifest)
    manifest["stages"].update(persons=stages.persons, tables=stages.tables)
    note_warnings(manifest)
    publish(folder, settings, manifest, stages, plots=settings.plots.enabled, report=settings.report.enabled)
    return manifest


def broken_off(out: Path) -> list[Path]:
    """Folders of sittings in a folder of results that were recorded and not finished."""
    known = sorted(path.parent.parent for path in out.glob(f"*/{WORK}/run.json"))
    return [folder for folder in known if read_manifest(folder) is None and "live" in read_progress(folder)]


def finish_all(out: Path) -> list[str]:
    """Finish every sitting that broke off, and the tables of the folder, which has to be `locked`; returns the keys.

    One in which nothing was seen is removed.
    """
    finished = []
    for folder in broken_off(out):
        settings = settings_from_dict(read_progress(folder)["settings"])
        try:
            finished.append(str(finish_session(folder)["recording"]["key"]))
        except ResultsError:
            tidy(folder)
            continue
        write_folder(out, settings)
    return finished


def finish_broken_off(out: Path) -> list[str]:
    """As `finish_all`, for a folder that is not locked; where nothing broke off, nothing is touched."""
    if not broken_off(out):
        return []
    with locked(out):
        return finish_all(out)


def write_folder(out: Path, settings: Settings) -> None:
    """Write the tables and pages of the whole folder anew."""
    failures, report = known_failures(out), settings.report.enabled
    write_folder_tables(out, failures, plots=settings.plots, report=report, settings=settings)
