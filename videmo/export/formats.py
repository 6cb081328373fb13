"""List the formats. A new one is a file beside this one and a line here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Final

from videmo.errors import Given, UsageError
from videmo.extras import how_to_install

if TYPE_CHECKING:
    from videmo.export.collection import Collection
    from videmo.export.contents import Contents

FORMATS: Final = {
    "excel": "one workbook of the whole folder: a sheet for each table, and one that says what the columns mean",
    "sav": "SPSS: one file for each table of the whole folder, with labels and levels of measurement",
    "long": "one CSV of the whole folder with a row for each person, time and emotion, for mixed models and plots",
    "parquet": "all tables, of each recording and of the whole folder, one file each, for pandas, R, DuckDB …",
    "json": "one document with the tables, the settings and the facts about the recording",
    "webvtt": "episodes as captions for the browser",
    "srt": "episodes as subtitles for any player",
    "eaf": "ELAN: one tier per person",
    "textgrid": "Praat: one tier per person",
    "boris": "a BORIS project: episodes as state events of each person",
}
"""A description of each format. The file that writes it has the same name."""

_EXTRA: Final = {"pyarrow": "export", "xlsxwriter": "export", "pyreadstat": "export"}
"""Libraries that are not installed with videmo, and the extra that installs them."""


@dataclass(frozen=True, slots=True)
class Format:
    """Pair the name of a format with its writers, each of which takes a path without suffix and returns the files."""

    name: str
    write: Callable[[Contents, Path], list[Path]] | None
    """Writes a recording; None where the format has no files of single recordings."""
    write_all: Callable[[Collection, Path], list[Path]] | None
    """Writes the whole folder; None where the format has no file of it."""


def load_formats(names: Sequence[str]) -> list[Format]:
    """Find formats by name, each once.

    Raises:
        UsageError: there is no such format, or the library that it needs is not installed.
    """
    formats = []
    for name in dict.fromkeys(names):
        if name not in FORMATS:
            raise UsageError(Given("to", name), "no such format", f"one of {', '.join(FORMATS)}")
        try:
            module = import_module(f"videmo.export.{name}")
            formats.append(Format(name, getattr(module, "write", None), getattr(module, "write_all", None)))
        except ModuleNotFoundError as exc:
            if exc.name not in _EXTRA:
                raise
            raise UsageError(
                Given("to", name),
                f"needs {exc.name}, which is not installed",
                advice=how_to_install(_EXTRA[exc.name]),
            ) from exc
    return formats
