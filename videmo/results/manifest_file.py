"""Write and read the manifest of a recording; what is read is checked, down to the types of all values."""

from __future__ import annotations

import math
import os
import types
import typing
from collections.abc import Mapping
from fractions import Fraction
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Any, Final

from videmo.config import settings_from_dict
from videmo.errors import UsageError
from videmo.files import read_json, write_json
from videmo.records import Recording
from videmo.results.manifest import NOTES, Course, Live, Manifest, Result
from videmo.results.people_said import PeopleSaid
from videmo.store.identity import InputIdentity

_LONGEST_S: Final = 1e9
"""Thirty years."""
_TOO_LARGE: Final = 2**63
"""Tables hold whole numbers below this ..."""
_TOO_LATE: Final = _TOO_LARGE * 10**9
"""... and file systems dates below this, in nanoseconds: those after 2262 are larger than any other number."""


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
    settings, result = content.get("settings"), _result(content.get("result", {}))
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
        hidden=content.get("hidden") is True,
        people=_record(PeopleSaid, content.get("people", {})),
        linked=_text(content.get("linked", "")),
        notes=_notes(content),
        live=_record(Live, content["live"]) if "live" in content else None,
        videmo=_text(content.get("videmo", "")),
        version=_whole(content.get("manifest", 1)),
    )


def _result(content: dict[str, Any]) -> Any:
    courses = content.get("courses", ())
    if not isinstance(courses, list | tuple):
        raise TypeError(f"expected a list, found {courses!r}")
    known = {
        "rows": (*map(_whole, content.get("rows", ())),),
        "courses": (*(_record(Course, each) for each in courses),),
    }
    return _record(Result, {**content, **known})


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
    hints = _hints(kind)  # type: ignore[arg-type]  # classes can be hashed
    known = {name: value for name, value in values.items() if name in hints}
    for name, value in known.items():
        if not _fits(value, hints[name], _TOO_LATE if name == "modified_ns" else _TOO_LARGE):
            raise TypeError(f"{kind.__name__}.{name}: {value!r}")
        if hints[name] is float:
            known[name] = float(value)
    return kind(**known)


@cache
def _hints(kind: type[Any]) -> dict[str, Any]:
    return typing.get_type_hints(kind)


def _fits(value: Any, hint: Any, limit: int = _TOO_LARGE) -> bool:
    if isinstance(hint, types.UnionType):
        return any(_fits(value, choice) for choice in typing.get_args(hint))
    plain = typing.get_origin(hint) or hint
    if plain is float:
        return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    if plain is int:
        return isinstance(value, int) and not isinstance(value, bool) and abs(value) < limit
    return isinstance(value, plain)
