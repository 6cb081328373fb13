"""Read when something was shown from files of other programs. A new format is a function and a line here."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Final

from videmo.errors import StudyError
from videmo.study.importers.boris import read_boris
from videmo.study.importers.captions import read_captions
from videmo.study.importers.imported import Imported, Options
from videmo.study.importers.logs import read_facereader, read_gorilla, refuse_qualtrics
from videmo.study.importers.placed import placed
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
WITH_CLOCKS: Final = ("psychopy", "eprime")
"""Formats whose logs count from when each of them began."""


def import_events(
    files: Sequence[tuple[str, bytes]], kind: str, options: Options, recordings: Collection[str] = ()
) -> Imported:
    """Read events from files of one kind.

    Args:
        files: names and contents.
        kind: one of `FORMATS`.
        options: which columns, tiers or components count.
        recordings: the keys of all recordings, by which several files that don't say theirs are placed.

    Raises:
        StudyError: a file can't be read, says nothing that can be used, or may be about any recording.
    """
    if kind not in FORMATS:
        raise StudyError(kind, "no such format", f"one of {', '.join(FORMATS)}")
    if (options.label or options.stimulus) and kind in FORMATS and kind not in WITH_COLUMNS:
        expected = f"a log of {', '.join(WITH_COLUMNS)}"
        raise StudyError(kind, "no columns to take labels or stimuli from", expected)
    if options.camera and kind != "psychopy":
        raise StudyError(kind, "no component that could be a camera", "a log of psychopy")
    each = placed([(name, FORMATS[kind](name, content, options)) for name, content in files], kind, recordings)
    found = functools.reduce(Imported.joined, (log for _, log in each), Imported()).sessions_apart()
    if not found.rows:
        why = f" ({'; '.join(found.notes)})" if found.notes else ""
        raise StudyError(", ".join(name for name, _ in files), f"no events found in it{why}")
    notes = (*found.notes, *_all_alike(found, kind), *_two_clocks(each, kind))
    return dataclasses.replace(found, notes=notes)


def _two_clocks(logs: Sequence[tuple[str, Imported]], kind: str) -> list[str]:
    """Remark on logs of the same participant and session: each counts from when it began, and all from one offset."""
    first: dict[tuple[str, str, str], str] = {}
    notes = []
    for name, log in logs if kind in WITH_CLOCKS else ():
        for whose in sorted({(row.participant, row.session, row.recording) for row in log.rows}):
            if first.setdefault(whose, name) != name:
                same = f"{first[whose]} and {name} are both about {whose[0] or 'everybody'}"
                notes.append(f"{same}, and each counts from its own beginning: give them different sessions")
    return notes


def _all_alike(found: Imported, kind: str) -> list[str]:
    """Remark on events that all have the same label, where a column may tell them apart."""
    labels = [row.label for row in found.rows if row.kind == "stimulus"]
    if kind not in WITH_COLUMNS or len(labels) < 2 or len(set(labels)) > 1:
        return []
    words = "name the column of the log that holds their condition, or nothing can be compared between them"
    return [f"all {len(labels)} events are called {labels[0]!r}: {words}"]
