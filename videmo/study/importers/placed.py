"""Find the recording that each of several files is about, where nothing in them says so: by their names."""

from __future__ import annotations

import dataclasses
import unicodedata
from collections.abc import Collection, Sequence
from pathlib import PurePath, PurePosixPath
from typing import Final

from videmo.errors import StudyError
from videmo.study.importers.imported import Imported

OF_ONE_VIDEO: Final = ("elan", "textgrid", "vtt", "srt")
"""Formats whose files are about one video each, and may not say which."""
NAMED: Final = "Name each file after its recording (anna.mp4.srt or anna.srt for anna.mp4)"

Read = tuple[str, Imported]
"""Name of a file, and what is in it."""


class UnplacedError(StudyError):
    """One of several files may be about any recording."""


def placed(files: Sequence[Read], kind: str, recordings: Collection[str]) -> list[Read]:
    """Give the events of each of several files its recording, unless the file says it; a single one is everybody's.

    Args:
        files: that were read.
        kind: their format.
        recordings: the keys of all recordings.

    Raises:
        UnplacedError: a file is named after no recording, or after several.
    """
    if kind not in OF_ONE_VIDEO or len(files) < 2:
        return [*files]
    return [(name, _in(log, name, recordings)) for name, log in files]


def _in(log: Imported, name: str, recordings: Collection[str]) -> Imported:
    if all(row.recording for row in log.rows):
        return log
    key = _named_after(name, recordings)
    return dataclasses.replace(
        log, rows=tuple(row if row.recording else dataclasses.replace(row, recording=key) for row in log.rows)
    )


def _named_after(name: str, recordings: Collection[str]) -> str:
    """Return the recording whose name a file has, with as many of its folders as it takes."""
    own = PurePath(unicodedata.normalize("NFC", name)).with_suffix("").parts
    found: list[str] = []
    for length in range(1, len(own) + 1):
        same = [key for key in recordings if own[-length:] in _ends(key, length)]
        found = same or found
        if len(same) < 2:
            break
    if len(found) == 1:
        return found[0]
    said = f"{len(found)} recordings are called so: {', '.join(sorted(found)[:4])}" if found else (
        "it does not say in which recording its events are, and no recording has its name"
        if recordings else "it does not say in which recording its events are, and no recordings are known yet"
    )  # fmt: skip
    raise UnplacedError(name, said, advice=f"{NAMED}, or say in which recording the events of all are.")


def _ends(key: str, length: int) -> list[tuple[str, ...]]:
    path = PurePosixPath(unicodedata.normalize("NFC", key))
    return [path.parts[-length:], path.with_suffix("").parts[-length:]]
