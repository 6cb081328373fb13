"""Temporary."""
from __future__ import annotations
import hashlib
from pathlib import Path
from typing import Any
from videmo.errors import RecordingError


def file_sha256(path: Path) -> str:
    """Hash a file."""
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as exc:
        raise RecordingError(f"{path}: cannot be read ({exc.strerror}).") from exc


def same_input(known: Any, path: Path, size_bytes: int, modified_ns: int) -> bool:
    """Tell whether it is the same."""
    if known.size_bytes != size_bytes:
        return False
    return known.modified_ns == modified_ns or (bool(known.sha256) and known.sha256 == file_sha256(path))
