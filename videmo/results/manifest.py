"""Define the manifest of a recording (``run.json``): what was done to it, with which settings, with what result."""

from __future__ import annotations

import dataclasses
import math
import os
import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path, PurePosixPath
from typing import Any, Final

from videmo.config import settings_from_dict
from videmo.errors import UsageError
from videmo.files import read_json, write_json
from videmo.records import Recording
from videmo.settings import Settings
from videmo.store.identity import InputIdentity
from videmo.version import __version__

VERSION: Final = 2
"""Of this format; version 0.1.0 of videmo wrote manifests without one, which are read too."""
NOTES: Final = ("streams", "file", "turning", "live", "persons", "people", "plots", "video")
"""The sources of warnings, in the order in which they are listed."""
_COUNTED: Final = frozenset({"avi", "mxf"})
"""Containers, as FFmpeg calls them, that count their frames."""
_LONGEST_S: Final = 1e9
"""Thirty years."""
_TOO_LARGE: Final = 2**63
"""Tables hold whole numbers below this ..."""
_TOO_LATE: Final = _TOO_LARGE * 10**9
"""... and file systems dates below this, in nanoseconds: those after 2262 are larger than any other number."""


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
class PeopleSaid:
    """The people.csv that was last used, and the persons that it refers to."""

    said: str = ""
    """A hash of its content; empty where there was none."""
    found: str = ""
    """A hash of the observations and settings with which those persons were found."""


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
    """Absolute path of the file, or the name of a camera or stream."""
    key: str
    """Names the folder of results: the path below the root that was searched, with forward slashes."""
    recording: Recording
    input: InputIdentity
    """The file, as it was when it was analysed."""
    stages: Mapping[str, str] = field(default_factory=dict)
    """Of each stage that is done, the hash of all that it depends on."""
    result: Result = Result()
    settings: Settings | None = None
    """None until the first tables are written."""
    people: PeopleSaid = PeopleSaid()
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
        return [f"its header announces {announced:,} frames, and {found:,} could be read"]

    @property
    def is_observed(self) -> bool:
        """True if its observations are complete, whatever is missing of what follows from them."""
        return self.live is None and "observe" in self.stages and self.settings is not None

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

    def with_note(self, name: str, sentences: typing.Iterable[str]) -> Manifest:
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
            "input": dataclasses.asdict(self.input),
            "stages": dict(self.stages),
            "result": dataclasses.asdict(self.result),
            "settings": dataclasses.asdict(self.settings) if self.settings else None,
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


def write_manifest(manifest: Manifest, path: Path) -> None:
    """Write a manifest as JSON, as a whole."""
    write_json(path, manifest.as_dict())


def read_manifest(path: Path) -> Manifest | None:
    """Read a manifest; None where there is none or it is damaged: the recording is then analysed anew."""
    content = read_json(path)
    if content is None or "recording" not in content:
        return None
    try:
        return _from_dict(content)
    except (AttributeError, KeyError, TypeError, ValueError, ArithmeticError, UsageError):
        return None


def _from_dict(content: dict[str, Any]) -> Manifest:
    known = _record(InputIdentity, content["input"])
    described = dict(content["recording"])
    key, source = _key(described.pop("key")), _name(content["source"])
    described["time_base"] = _time_base(described["time_base"])
    described["audio"] = _texts(described["audio"])
    described["other_streams"] = _texts(described.get("other_streams", ()))
    described["audio_streams"] = tuple(_whole(place) for place in described.get("audio_streams", ()))
    recording = _record(
        Recording,
        {
            **described, "path": Path(source), "keyframes": (), "size_bytes": known.size_bytes,
            "modified_ns": known.modified_ns,
        },
    )  # fmt: skip
    settings, result = content.get("settings"), _record(Result, content.get("result", {}))
    if not 0 <= result.duration_s <= _LONGEST_S:
        raise ValueError(f"a length of {result.duration_s} s")
    return Manifest(
        source=source,
        key=key,
        recording=recording,
        input=known,
        stages={_text(name): _text(value) for name, value in content.get("stages", {}).items()},
        result=result,
        settings=settings_from_dict(settings) if settings else None,
        people=_record(PeopleSaid, content.get("people", {})),
        linked=_text(content.get("linked", "")),
        notes=_notes(content),
        live=_record(Live, content["live"]) if "live" in content else None,
        videmo=_text(content.get("videmo", "")),
        version=_whole(content.get("manifest", 1)),
    )


def _notes(content: dict[str, Any]) -> dict[str, tuple[str, ...]]:
    """Gather the warnings by source; version 0.1.0 kept each list under a name of its own."""
    lists = content.get("notes") or {name: content.get(f"{name}_warnings", ()) for name in NOTES}
    return {name: _texts(lists[name]) for name in NOTES if lists.get(name)}


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"expected a string, found {value!r}")
    return value


def _whole(value: Any) -> int:
    if not _fits(value, int):
        raise TypeError(f"expected a whole number, found {value!r}")
    return int(value)


def _texts(values: Any) -> tuple[str, ...]:
    if not isinstance(values, list | tuple):
        raise TypeError(f"expected a list, found {values!r}")
    return tuple(_text(value) for value in values)


def _name(value: Any) -> str:
    """Check that the file system can be asked for a name."""
    if "\0" in _text(value):
        raise ValueError(f"no file can be called {value!r}")
    os.fsencode(value)
    return str(value)


def _key(value: Any) -> str:
    """Check that a key names a place below the folder of results, in the one way in which keys are spelled."""
    key, here = PurePosixPath(_name(value)), Path(value)
    if not key.parts or str(key) != value or here.is_absolute() or here.drive or ".." in (*key.parts, *here.parts):
        raise ValueError(f"not a key: {value!r}")
    return str(value)


def _time_base(value: Any) -> Fraction:
    # Not left to Fraction, which would take "1e999999999" and work on it for hours.
    numerator, _, denominator = _text(value).partition("/")
    if not 0 < int(numerator) < _TOO_LARGE or not 0 < int(denominator or 1) < _TOO_LARGE:
        raise ValueError(f"not a time base: {value!r}")
    return Fraction(int(numerator), int(denominator or 1))


def _record(kind: type[Any], values: Mapping[str, Any]) -> Any:
    """Make a record from the values of its fields, each of the declared type; others are ignored.

    Raises:
        TypeError: a value is missing or of another type.
    """
    hints = typing.get_type_hints(kind)
    known = {name: value for name, value in values.items() if name in hints}
    for name, value in known.items():
        if not _fits(value, hints[name], _TOO_LATE if name == "modified_ns" else _TOO_LARGE):
            raise TypeError(f"{kind.__name__}.{name}: {value!r}")
        if hints[name] is float:
            known[name] = float(value)
    return kind(**known)


def _fits(value: Any, hint: Any, limit: int = _TOO_LARGE) -> bool:
    if isinstance(hint, types.UnionType):
        return any(_fits(value, choice) for choice in typing.get_args(hint))
    plain = typing.get_origin(hint) or hint
    if plain is float:
        return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    if plain is int:
        return isinstance(value, int) and not isinstance(value, bool) and abs(value) < limit
    return isinstance(value, plain)
