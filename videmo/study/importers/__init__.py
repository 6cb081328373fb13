"""Read when something was shown from files of other programs. A new format is a function and a line here."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from videmo.errors import StudyError
from videmo.study.importers.boris import read_boris
from videmo.study.importers.captions import read_captions
from videmo.study.importers.imported import Imported, Options
from videmo.study.importers.logs import read_facereader, read_gorilla, refuse_qualtrics
from videmo.study.importers.presented import read_bids, read_eprime, read_psychopy
from videmo.study.importers.tiers import read_elan, read_textgrid

FORMATS: Final[Mapping[str, Callable[[str, bytes, Options], Imported]]] = {
    "psychopy": read_psychopy,
    "gorilla": read_gorilla,
    "eprime": read_eprime,
    "boris": read_boris,
    "bids": read_bids,
    "elan": read_elan,
    "textgrid": read_textgrid,
    "vtt": read_captions,
    "srt": read_captions,
    "facereader": read_facereader,
    "qualtrics": refuse_qualtrics,
}
WITH_COLUMNS: Final = ("psychopy", "gorilla", "eprime", "boris")
"""Formats whose columns may be chosen for labels and stimuli."""


def import_events(files: Sequence[tuple[str, bytes]], kind: str, options: Options) -> Imported:
    """Read events from files of one kind.

    Args:
        files: names and contents.
        kind: one of `FORMATS`.
        options: which columns, tiers or components count.

    Raises:
        StudyError: a file can't be read, or says nothing that can be used.
    """
    if kind not in FORMATS:
        raise StudyError(kind, "no such format", f"one of {', '.join(FORMATS)}")
    if (options.label or options.stimulus) and kind in FORMATS and kind not in WITH_COLUMNS:
        expected = f"a log of {', '.join(WITH_COLUMNS)}"
        raise StudyError(kind, "no columns to take labels or stimuli from", expected)
    found = Imported()
    for name, content in files:
        found = found.joined(FORMATS[kind](name, content, options))
    if not found.rows:
        raise StudyError(", ".join(name for name, _ in files), "no events found in it")
    return dataclasses.replace(found, notes=(*found.notes, *_all_alike(found, kind)))


def _all_alike(found: Imported, kind: str) -> list[str]:
    """Remark on events that all have the same label, where a column may tell them apart."""
    labels = [row.label for row in found.rows if row.kind == "stimulus"]
    if kind not in WITH_COLUMNS or len(labels) < 2 or len(set(labels)) > 1:
        return []
    words = "name the column of the log that holds their condition, or nothing can be compared between them"
    return [f"all {len(labels)} events are called {labels[0]!r}: {words}"]
