"""Write files as a whole or not at all."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from videmo.errors import OutputError

PARTIAL = ".partial-"
"""Temporary files begin with this; one that is left over belongs to a run that was killed."""


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside ``path`` that takes its place when the block ends well.

    After an error, ``path`` is as it was and the temporary file is gone.

    Raises:
        OutputError: the folder can't be written to or the disk is full.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # The suffix stays: writers choose their format by it.
        handle, name = tempfile.mkstemp(prefix=PARTIAL, suffix=path.suffix, dir=path.parent)
        os.close(handle)
    except OSError as exc:
        raise unwritable(path, exc) from exc
    partial = Path(name)
    try:
        yield partial
        partial.chmod(0o666 & ~_umask())
        with partial.open("rb") as written:
            os.fsync(written.fileno())
        partial.replace(path)
    except OSError as exc:
        raise unwritable(path, exc) from exc
    finally:
        partial.unlink(missing_ok=True)


def unwritable(path: Path, error: OSError) -> OutputError:
    """Make the error that says why something can't be written."""
    advice = "Free some space, check the permissions, or choose another folder."
    return OutputError(path, f"cannot be written ({error.strerror or error})", advice=advice)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file as a whole or not at all.

    Raises:
        OutputError: it can't be written.
    """
    with replacing(path) as partial:
        partial.write_bytes(content)


def write_text(path: Path, text: str) -> None:
    """Write a small text file as a whole."""
    # A file name need not be UTF-8; its odd bytes are spelled out, in JSON as an escape that reads back.
    with replacing(path) as partial:
        partial.write_text(text, encoding="utf-8", errors="backslashreplace", newline="\n")


def write_json(path: Path, content: Any) -> None:
    """Write JSON, readable and with sorted keys."""
    write_text(path, json.dumps(content, indent=2, sort_keys=True, ensure_ascii=False, default=str) + "\n")


def read_json(path: Path) -> dict[str, Any] | None:
    """Read a JSON object, or None where there is none or it is damaged (it is then made anew)."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    return content if isinstance(content, dict) else None
