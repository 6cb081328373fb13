"""Read when something was shown from files of other programs. A new format is a function and a line here."""

from __future__ import annotations

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
    found = Imported()
    for name, content in files:
        found = found.joined(FORMATS[kind](name, content, options))
    if not found.rows:
        raise StudyError(", ".join(name for name, _ in files), "no events found in it")
    return found
