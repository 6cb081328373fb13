"""Record a session: parts on disk while it runs, the tables of a recording at the end."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from videmo.batch.hold import held
from videmo.config import fingerprint
from videmo.errors import RecordingError, ResultsError, UsageError
from videmo.faces.identity import recognition_identity
from videmo.live.film import Film, with_film
from videmo.pipeline.chunks import ChunkObservations, Columns, join_sights
from videmo.pipeline.folder import update_folder
from videmo.pipeline.instruments import geometry_of
from videmo.pipeline.plan import network_hashes, plan_live
from videmo.pipeline.run import bring_up_to_date
from videmo.pipeline.stages.observation import joined
from videmo.records import Observation, Recording
from videmo.results.folder import ResultsFolder
from videmo.results.manifest import Live, Manifest, new_manifest
from videmo.results.recording import RecordingResults
from videmo.settings import Settings
from videmo.store.places import located, spelled
from videmo.store.recordings import identity_of, with_content
from videmo.video.losses import RHYTHM, Rhythm
from videmo.video.read import Frame, ReadCounts

_LONGEST_PART_S: Final = 10.0
"""At most this much is lost when the power fails."""


@dataclass(frozen=True, slots=True)
class Destination:
    """Name the results that a session is recorded into."""

    out: Path
    key: str
    """Names its folder of results."""
    source: Path
    """The file that is played, or the name of a camera or stream."""

    @property
    def results(self) -> RecordingResults:
        """Return the results of the session."""
        return ResultsFolder(self.out).recording(self.key)

    @property
    def taken(self) -> bool:
        """Tell whether a file has the place of the folder."""
        return ResultsFolder(self.out).has(self.key)


class Recorder:
    """Write down what is seen in a folder of results, which the caller has locked (`batch.hold.held`).

    Only the last seconds are held in memory; what is older lies in parts on disk.

    Args:
        destination: the results to record into.
        recording: what is known of the source.
        settings: of the session.
        counts: of the source, read when a part is written.
        overwrite: whether earlier results under the same key may be replaced.
        film: whether to keep the pictures too.

    Raises:
        UsageError: there are results of another run, or the detector or classifier can't be loaded.
        OutputError: the folder can't be written to.
    """

    def __init__(
        self,
        destination: Destination,
        recording: Recording,
        settings: Settings,
        counts: ReadCounts,
        *,
        overwrite: bool,
        film: bool = False,
    ) -> None:
        self._results, self._counts = destination.results, counts
        folder = self._results.folder
        if not overwrite and (self._results.known is not None or destination.taken):
            raise UsageError(
                folder, "there are results already", advice="Record into another folder, or overwrite these results."
            )
        if overwrite:
            self._results.discard_parts()
        self._fill = geometry_of(settings)
        self._columns, self._first, self._begin_s, self._written = Columns(self._fill), 0, 0.0, 0
        self._counted = counts.numbers
        self._last_s = 0.0
        self._part_s = min(settings.reading.chunk_s, _LONGEST_PART_S)
        # Not the hash of a whole analysis: frames may be missing, and 'videmo analyze' then has to analyse them.
        observe = fingerprint("live", network_hashes(settings)["observe"])
        source = str(destination.source)
        if recording.size_bytes:
            source = spelled(destination.source, destination.out)
        self._manifest = dataclasses.replace(
            new_manifest(source, destination.key, recording),
            stages={"observe": observe},
            settings=settings,
            live=Live(),
        )
        self._results.save(self._manifest)
        self._film = Film(self._results, recording, settings.annotation.quality) if film else None

    def keep(self, frame: Frame) -> None:
        """Keep the picture of a frame, analysed or not, if pictures are kept."""
        if self._film is not None:
            self._film.offer(frame)

    def add(self, frame: Frame, observed: Sequence[Observation]) -> None:
        """Write down one frame that was analysed."""
        if len(self._columns) and frame.time_s - self._begin_s >= self._part_s:
            self._save(frame.index, frame.time_s)
        if not len(self._columns):
            self._begin_s = frame.time_s
        self._columns.add(frame.index - self._first, frame, observed)
        self._last_s = frame.time_s

    def close(self, state: str, message: str, *, captured: int, missed: int) -> None:
        """Write the last part and note how it ended; `finish_session` makes tables of it."""
        self._save(max(self._counts.frames, self._first), self._counts.end_s)
        length_s = self._manifest.recording.duration_s or 0.0
        warnings = _warnings(state, message, captured, missed, self._last_s, length_s)
        lost = self._film.close() if self._film is not None else ()
        noted = self._manifest.with_note("live", (*warnings, *lost))
        self._results.save(dataclasses.replace(noted, live=Live(state, captured, missed)))

    def _save(self, next_index: int, end_s: float) -> None:
        """Write what was gathered before a frame as one part, which ends with it."""
        counted = self._counts.numbers
        since = {name: number - self._counted[name] for name, number in counted.items()}
        done = ReadCounts(
            frames=next_index - self._first,
            end_s=end_s,
            rhythm=Rhythm(**{name: since.pop(name) for name in RHYTHM}),
            **since,
        )
        if len(self._columns):
            self._results.put_part(self._results.session_part(self._written), self._columns.finish(done))
        self._columns, self._first, self._written = Columns(self._fill), next_index, self._written + 1
        self._counted = counted


def _warnings(state: str, message: str, captured: int, missed: int, last_s: float, length_s: float) -> Iterator[str]:
    if missed:
        yield (f"{missed:,} of {captured:,} frames were skipped: newer ones arrived while an earlier one was analysed")
    if state == "lost":
        yield f"the source was lost at {last_s:.1f} s: {message.rstrip('.')}"
    if state == "stopped" and length_s - last_s > 1.0:
        yield f"watching was stopped at {last_s:.1f} of {length_s:.1f} s"


def finish_session(results: RecordingResults) -> Manifest:
    """Make the tables, plots and page of a session from its parts, even if it was cut short.

    Returns:
        The manifest.

    Raises:
        ResultsError: not a single frame was analysed.
        OutputError: something can't be written.
    """
    manifest, settings = results.manifest, results.manifest.settings or Settings()
    found = (results.load_part(name, ChunkObservations) for name in results.session_parts())
    parts = [part for part in found if part is not None and len(part.frame)]
    if not parts:
        raise ResultsError(results.folder, "nothing was recorded, not a single frame was analysed")
    if _is_broken_off(manifest):
        manifest = manifest.with_note("live", ["the session was cut short: it was killed or the power failed"])
    observations, result = joined(parts, settings)
    if not (manifest.is_of_file and manifest.live is not None and manifest.live.state == "ended"):
        result = dataclasses.replace(result, incomplete="")  # only of a file that was seen to its end it can be told
    manifest = dataclasses.replace(manifest, result=result)
    manifest = _with_content(with_film(results, manifest), results.out)
    # Read only now: somebody may have written it during the session.
    work = plan_live(results.folder, manifest, settings, results.people)
    sights = join_sights(parts, settings, recognition_identity(settings.identity))
    return bring_up_to_date(work, observations, sights).manifest


def _with_content(manifest: Manifest, out: Path) -> Manifest:
    """Hash the content of a file that was played, unless its hash is known."""
    source, known = located(manifest.source, out), manifest.input
    if known.content or not known.size_bytes:
        return manifest
    try:
        if identity_of(source) != known:
            return manifest  # another file by now: 'videmo analyze' will notice
    except RecordingError:
        return manifest  # gone
    return dataclasses.replace(manifest, input=with_content(known, source))


def _is_broken_off(manifest: Manifest) -> bool:
    return manifest.live is not None and manifest.live.state == Live().state


def broken_off(out: Path) -> list[RecordingResults]:
    """List the sessions in a folder of results that were begun and not finished."""
    return [results for results in ResultsFolder(out).begun() if results.manifest.live is not None]


def finish_all(out: Path) -> list[str]:
    """Finish every session that was cut short, and the tables of the folder, which has to be locked; return the keys.

    A session without a single analysed frame is removed.
    """
    finished = []
    for results in broken_off(out):
        settings = results.manifest.settings or Settings()
        try:
            finished.append(finish_session(results).key)
        except ResultsError:
            results.tidy()
            continue
        write_folder(out, settings)
    return finished


def finish_broken_off(out: Path) -> list[str]:
    """Do the same as `finish_all` for a folder that is not locked; without unfinished sessions, touch nothing."""
    if not broken_off(out):
        return []
    with held(ResultsFolder(out)):
        return finish_all(out)


def write_folder(out: Path, settings: Settings) -> None:
    """Bring the tables and pages of the whole folder up to date."""
    folder = ResultsFolder(out)
    update_folder(folder, folder.failures(), settings, noted=settings)
