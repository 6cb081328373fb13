"""Tell which names of recordings can't stand beside each other, or beside the files of a folder of results."""

from __future__ import annotations

import re
import unicodedata
from pathlib import PurePosixPath
from typing import Final

from videmo.results import names

RESERVED: Final = frozenset({names.WORK})
"""Names of folders that mean something else among results: no recording's may lie in one."""
_OF_THE_FOLDER: Final = frozenset(
    {
        names.MANIFEST, names.RECORDINGS, names.SUMMARY, names.TIMELINE, names.EPISODES, names.QUALITY,
        names.DICTIONARY, names.OVERVIEW, names.INDEX, names.WHO, names.STUDY, *names.PARTICIPANTS, *names.CAST,
        *names.EVENTS, *names.CODES,
    }
)  # fmt: skip
"""What is written into the folder of all recordings, or read there, but for what processes know of each other by."""
_OF_PROCESSES: Final = re.compile(r"\.videmo.*|run-status(-\d+-of-\d+)?\.json", re.DOTALL)
"""What these are called."""


def is_reserved(key: str) -> bool:
    """Tell whether the results of a recording of that name would lie where other files have their place."""
    first, *parts = PurePosixPath(folded(key)).parts
    return first in _OF_THE_FOLDER or bool(_OF_PROCESSES.fullmatch(first)) or names.WORK in (first, *parts)


def folded(key: str) -> str:
    """Return the same text for all keys that are one name to some file system.

    Those of Windows and macOS, and disks that both can read, don't tell upper and lower case apart, or how accents are
    encoded; Windows drops dots and spaces at the end.
    """
    plain = unicodedata.normalize("NFC", unicodedata.normalize("NFD", key).casefold())
    return "/".join(part.rstrip(". ") or part for part in plain.split("/"))
