"""Tell whether a recording is still the one that was analysed, without reading all of it.

Size and time of change answer nearly always. Where only the time differs (a copy, a download, `touch`), the content
decides. Small files are hashed whole. For large ones that would make every first run read every byte, for a question
that is rarely asked; of them, samples are hashed: the beginning, the end (where containers keep their indexes, with the
size of every frame) and blocks at equal distances between. A change of the same size that touches none of these would
go unnoticed, so what is kept because of samples alone is `Match.LIKELY`, and the run warns the user.
"""

from __future__ import annotations

import enum
import hashlib
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

from videmo.errors import RecordingError

WHOLE_BYTES = 32 * 2**20
"""Files up to this size are hashed whole."""
END_BYTES = 2**20
"""Bytes at the beginning and at the end of a larger file that are hashed."""
BLOCKS = 256
"""Blocks between them that are hashed: one in every 1/256 of the file."""
BLOCK_BYTES = 16 * 2**10
CHANGED = "it changed while it was being analysed"
WAIT = "Run again when it is complete."
_EXACT = 2**10
"""Size of the blocks in which samples are asked for: so much smaller than they are that no more is fetched."""


@dataclass(frozen=True, slots=True)
class InputIdentity:
    """The identity of a file: it is unchanged if these are the same."""

    size_bytes: int
    modified_ns: int
    """Time of the last change, in nanoseconds since 1970."""
    sha256: str = ""
    """Hash of the whole content; empty where it was not computed."""
    sample_sha256: str = ""
    """Hash of samples of the content; empty where it was not computed."""
    etag: str = ""
    """What object storage calls this content; empty for files in folders."""

    @property
    def content(self) -> str:
        """Return the hash that tells the content: of all of it, else of samples; empty where neither was computed."""
        return self.sha256 or self.sample_sha256


class Match(enum.Enum):
    """The result of comparing a file with its known identity."""

    SAME = "same"
    """Size and time are the same, or size and the whole content."""
    LIKELY = "likely"
    """The time differs; size and samples of the content are the same. Keep what was made from it, and say so."""
    CHANGED = "changed"

    def __bool__(self) -> bool:
        """Tell whether what was made from the file can be kept."""
        return self is not Match.CHANGED


def identity_of(path: Path) -> InputIdentity:
    """Look up size and time, without reading the file.

    Raises:
        RecordingError: the file is gone or can't be reached.
    """
    try:
        stat = path.stat()
    except OSError as exc:
        raise _unreadable(path, exc) from exc
    return InputIdentity(stat.st_size, stat.st_mtime_ns)


def with_content(identity: InputIdentity, path: Path) -> InputIdentity:
    """Add a hash of the content to size and time, to be saved with the results of a file.

    Args:
        identity: from before the file was read.
        path: the file.

    Raises:
        RecordingError: it can't be read, or it changed since.
    """
    if identity.size_bytes <= WHOLE_BYTES:
        full = replace(identity, sha256=file_sha256(path))
    else:
        full = replace(identity, sample_sha256=sample_sha256(path))
    now = identity_of(path)
    if (now.size_bytes, now.modified_ns) != (identity.size_bytes, identity.modified_ns):
        raise RecordingError(path, CHANGED, advice=WAIT)
    return full


def compare_unread(known: InputIdentity, now: InputIdentity) -> Match | None:
    """Compare two identities of a file by size and time, or ETag; None where only its content can tell."""
    if now.size_bytes != known.size_bytes:
        return Match.CHANGED
    if known.etag and now.etag:
        return Match.SAME if now.etag == known.etag else None
    return Match.SAME if now.modified_ns == known.modified_ns else None


def compare_content(known: InputIdentity, path: Path) -> Match:
    """Compare the content of a file of the same size with its known identity.

    Raises:
        RecordingError: it can't be read.
    """
    if known.sha256:
        return _matching(known.sha256, file_sha256, path, Match.SAME)
    return _matching(known.sample_sha256, sample_sha256, path, Match.LIKELY)


def _matching(known: str, hash_of: Callable[[Path], str], path: Path, match: Match) -> Match:
    return match if known and hash_of(path) == known else Match.CHANGED


def file_sha256(path: Path) -> str:
    """Hash a file's whole content.

    Raises:
        RecordingError: it can't be read.
    """
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as exc:
        raise _unreadable(path, exc) from exc


def sample_sha256(path: Path) -> str:
    """Hash the size and samples of a file's content: at most 6 MiB, whatever its length.

    Raises:
        RecordingError: it can't be read.
    """
    try:
        with path.open("rb", buffering=_EXACT) as stream:
            size = stream.seek(0, os.SEEK_END)
            stream.seek(0)
            digest = hashlib.sha256(str(size).encode())
            for block in _samples(stream, size):
                digest.update(block)
    except OSError as exc:
        raise _unreadable(path, exc) from exc
    return digest.hexdigest()


def _samples(stream: BinaryIO, size: int) -> Iterator[bytes]:
    yield stream.read(END_BYTES)
    for index in range(1, BLOCKS + 1):
        stream.seek(size * index // (BLOCKS + 1))
        yield stream.read(BLOCK_BYTES)
    stream.seek(max(0, size - END_BYTES))
    yield stream.read(END_BYTES)


def _unreadable(path: Path, error: OSError) -> RecordingError:
    if isinstance(error, FileNotFoundError):
        return RecordingError(path, "the file is gone", advice="Put it back, or leave it out.")
    found = f"cannot be read ({error.strerror or error})"
    return RecordingError(path, found, advice="Check its permissions and the disk.")
