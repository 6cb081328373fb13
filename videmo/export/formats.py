"""The table of formats. A new one is a file beside this one and a line here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Final

from videmo.errors import UsageError

if TYPE_CHECKING:
    from videmo.export.contents import Contents

FORMATS: Final = {
    "parquet": "all tables, one file each, for pandas, R, DuckDB …",
    "json": "one document with the tables, the settings and what is known of the recording",
    "webvtt": "episodes as captions that a browser shows",
    "srt": "episodes as subtitles",
    "eaf": "ELAN: a tier for each person",
    "textgrid": "Praat: a tier for each person",
    "boris": "a BORIS project: episodes as state events of each person",
}
"""What each format is. The file that writes it has the same name."""

_EXTRA: Final = {"pyarrow": "export"}
"""Libraries that are not installed with videmo, and the extra that brings them."""


@dataclass(frozen=True, slots=True)
class Format:
    """One format."""

    name: str
    write: Callable[[Contents, Path], list[Path]]
    """Writes a recording; takes a path without suffix and returns the files."""


def load_formats(names: Sequence[str]) -> list[Format]:
    """Find formats by name, each once.

    Raises:
        UsageError: there is no such format, or the library that it needs is not installed.
    """
    formats = []
    for name in dict.fromkeys(names):
        if name not in FORMATS:
            raise UsageError(f"--to {name}: no such format. Known are {', '.join(FORMATS)}.")
        try:
            formats.append(Format(name, import_module(f"videmo.export.{name}").write))
        except ModuleNotFoundError as exc:
            if exc.name not in _EXTRA:
                raise
            raise UsageError(
                f"--to {name}: needs {exc.name}, which is not installed. Run: pip install 'videmo[{_EXTRA[exc.name]}]'"
            ) from exc
    return formats
