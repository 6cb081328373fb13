"""Define the manifest of a recording (``run.json``): what was done to it, with which settings, with what result."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from videmo.config import fingerprint
from videmo.records import Recording
from videmo.results.people_said import PeopleSaid
from videmo.settings import Settings
from videmo.store.identity import InputIdentity
from videmo.version import __version__

VERSION: Final = 2
"""Of this format; version 0.1.0 of videmo wrote manifests without one, which are read too."""
NOTES: Final = ("streams", "file", "turning", "live", "persons", "people", "identity", "quality", "plots", "video")
"""The sources of warnings, in the order in which they are listed."""
_COUNTED: Final = frozenset({"avi", "mxf"})
"""Containers, as FFmpeg calls them, that count their frames."""


@dataclass(frozen=True, slots=True)
class Course:
    """What a person showed over the time of the recording."""

    person: int
    strip: str
    """See `timeline.strip`."""


@dataclass(frozen=True, slots=True)
class Result:
    """The main numbers of a recording."""

    duration_s: float = 0.0
    decoded: int = 0
    damaged: int = 0
    unordered: int = 0
    frames: int = 0
    """Sampled frames."""
    frames_with_face: int = 0
    coverage: float = 0.0
    people: int = 0
    dominant: str = ""
    strip: str = ""
    """See `timeline.strip`."""
    usable_share: float | None = None
    quality: str = ""
    incomplete: str | None = None
    """Where the file is cut off, in words; empty if it is whole, None while that is not known."""
    mended: int = 0
    restarts: int = 0
    early: int = 0
    resized: int = 0
    holes: int = 0
    """Irregularities, as `video.read.ReadCounts` says."""
    gaps: int = 0
    missing: int = 0
    """Where frames that come at a steady rate leave one out, as `video.losses.Rhythm` says."""
    courses: tuple[Course, ...] = ()
    """Of the persons seen longest, longest first."""
    rows: tuple[int, ...] = ()
    """Of each table of `results.tables.TABLES`, as it was written; empty where an earlier version wrote them."""
    lost: str = ""
    """What most of the frames that aren't usable show, one of `timeline.quality.OUTCOMES`; empty where all are."""

    @property
    def is_steady(self) -> bool:
        """True if the recording's own times are those of the results."""
        return not (self.restarts or self.mended or self.unordered)

    def warnings(self) -> list[str]:
        """Word the irregularities in the recording's stream."""
        found = []
        if self.damaged:
            damaged = _count(self.damaged, "damaged packet or frame", "damaged packets or frames")
            found.append(f"{damaged} (skipped, or kept as decoded)")
        if self.holes > self.restarts:  # one where parts were put together is none
            places = _count(self.holes - self.restarts, "place", "places")
            found.append(f"the file is damaged or cut in {places}, where frames may be missing")
        if self.gaps:
            missing, places = _count(self.missing, "frame", "frames"), _count(self.gaps, "place", "places")
            found.append(
                f"{missing} may be missing in {places}, unless the picture stood still: the next one comes later there "
                "than at the steady rate of the others"
            )
        if self.unordered:
            found.append(f"{_count(self.unordered, 'frame', 'frames')} not later than the frame before")
        if self.mended:
            off = _count(self.mended, "frame had a time stamp", "frames had time stamps")
            found.append(f"{off} far off; times between those of their neighbours replace them")
        if self.restarts:
            anew = _count(self.restarts, "time", "times")
            found.append(f"its clock began anew {anew}, as in parts put together; times go on from part to part")
        if self.early:
            early = _count(self.early, "frame lies", "frames lie")
            found.append(f"{early} before the beginning, where players do not show them, and were left out")
        if self.resized:
            other = _count(self.resized, "frame has", "frames have")
            found.append(f"{other} another size than the first, and were fitted into it")
        return found


def _count(number: int, one: str, several: str) -> str:
    return f"{number} {one if number == 1 else several}"


@dataclass(frozen=True, slots=True)
class Live:
    """The end of a live session."""

    state: str = "broken off"
    captured: int = 0
    missed: int = 0


@dataclass(frozen=True, slots=True)
class Manifest:
    """The record of a recording and its results."""

    source: str
    """Where the file lies, as `store.places.spelled` spells it (`RecordingResults.source` is its location), or the name
    of a camera or stream."""
    key: str
    """Names the folder of results, with forward slashes; see `batch.naming`."""
    recording: Recording
    input: InputIdentity
    """The file, as it was when it was analysed."""
    stages: Mapping[str, str] = field(default_factory=dict)
    """Of each stage that is done, the hash of all that it depends on."""
    result: Result = Result()
    settings: Settings | None = None
    """None until the first tables are written."""
    hidden: bool = False
    """Whether faces are hidden in what is being made of it, as long as there are no settings."""
    people: PeopleSaid = field(default_factory=PeopleSaid)
    linked: str = ""
    """A hash of all that whose tracks are whose depends on: see `results.persons`."""
    notes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Warnings by source, see `NOTES`."""
    live: Live | None = None
    videmo: str = __version__
    version: int = VERSION
    """Of the format in which it was read."""

    @property
    def warnings(self) -> list[str]:
        """List all warnings in words."""
        return [
            *self._assumptions(),
            *self._lacking(),
            *self.result.warnings(),
            *(said for name in NOTES for said in self.notes.get(name, ())),
        ]

    def _assumptions(self) -> list[str]:
        fps = self.recording.assumed_fps
        if fps is None:
            return []
        return [f"the file does not say how many frames it has per second: {fps:g} were assumed (reading.assume_fps)"]

    def _lacking(self) -> list[str]:
        """Say where there are fewer frames than the header of a file counts, of a kind whose headers count well."""
        announced, found = self.recording.frame_count_from_header, self.result.decoded + self.result.early
        if self.recording.container not in _COUNTED or not 0 < found < announced:
            return []
        return [
            f"its header announces {announced:,} {'frame' if announced == 1 else 'frames'}, and {found:,} could be read"
        ]

    @property
    def is_of_file(self) -> bool:
        """True if it is about a file, not about a camera or stream."""
        return self.input.size_bytes > 0

    @property
    def is_observed(self) -> bool:
        """True if its observations are complete, whatever is missing of what follows from them."""
        return self.live is None and "observe" in self.stages and self.settings is not None

    @property
    def hides_faces(self) -> bool:
        """True if whoever analysed it last, to its end or not, wanted faces to be hidden."""
        return self.hidden if self.settings is None else self.settings.anonymize.hides_faces

    @property
    def state(self) -> str:
        """Return a hash of the file and of how it was observed: it changes when the recording is analysed again."""
        return fingerprint(dataclasses.asdict(self.input), self.stages.get("observe", ""))

    @property
    def status(self) -> str:
        """Return ``ok``, or ``incomplete`` for a file that is cut off."""
        return "incomplete" if self.result.incomplete else "ok"

    def with_stages(self, **hashes: str) -> Manifest:
        """Note stages as done."""
        return dataclasses.replace(self, stages={**self.stages, **hashes})

    def without_stages(self, *names: str) -> Manifest:
        """Note stages as no longer done."""
        return dataclasses.replace(self, stages={k: v for k, v in self.stages.items() if k not in names})

    def with_note(self, name: str, sentences: Iterable[str]) -> Manifest:
        """Replace the warnings of one source."""
        notes = {**self.notes, name: tuple(sentences)}
        return dataclasses.replace(self, notes={name: noted for name, noted in notes.items() if noted})

    def with_result(self, **values: Any) -> Manifest:
        """Replace some of the main numbers."""
        return dataclasses.replace(self, result=dataclasses.replace(self.result, **values))

    def as_dict(self) -> dict[str, Any]:
        """Convert it to plain values, as in the file."""
        recording = dataclasses.asdict(self.recording)
        for name in ("path", "keyframes", "size_bytes", "modified_ns"):
            del recording[name]
        recording |= {name: [*recording[name]] for name in ("audio", "other_streams", "audio_streams")}
        recording |= {"key": self.key, "time_base": str(self.recording.time_base)}
        return {
            "manifest": VERSION,
            "videmo": self.videmo,
            "source": self.source,
            "recording": recording,
            "input": {name: value for name, value in dataclasses.asdict(self.input).items() if name != "etag" or value},
            "stages": dict(self.stages),
            "result": dataclasses.asdict(self.result),
            "settings": dataclasses.asdict(self.settings) if self.settings else None,
            **({"hidden": True} if self.hidden else {}),
            "people": dataclasses.asdict(self.people),
            "linked": self.linked,
            "notes": {name: list(notes) for name, notes in self.notes.items()},
            "warnings": self.warnings,
            **({"live": dataclasses.asdict(self.live)} if self.live else {}),
        }


def new_manifest(source: str, key: str, recording: Recording) -> Manifest:
    """Make the manifest of a recording for which nothing is done yet."""
    known = InputIdentity(recording.size_bytes, recording.modified_ns)
    manifest = Manifest(source, key, dataclasses.replace(recording, keyframes=()), known)
    return manifest.with_note("streams", _of_streams(recording))


def _of_streams(recording: Recording) -> list[str]:
    """Name what is in the file and not looked at: other streams of video, and recordings that follow this one."""
    follows = []
    if recording.next_at_byte:
        found = f"another recording begins at byte {recording.next_at_byte:,} of the file, and was not analysed"
        follows = [f"{found}: join recordings with a program for video, or analyse each by itself"]
    if not recording.other_streams:
        return follows
    count, others = len(recording.other_streams) + 1, ", ".join(recording.other_streams)
    return [f"video stream {recording.stream} of {count} was analysed; not looked at: {others}", *follows]
