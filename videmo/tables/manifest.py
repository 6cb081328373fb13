"""``run.json``: what was done to a recording, with which settings, and that it is done."""

from __future__ import annotations

import dataclasses
import hashlib
import shutil
from pathlib import Path
from typing import Any

from videmo.errors import RecordingError
from videmo.files import PARTIAL, read_json, write_json
from videmo.records import Recording

FILE = "run.json"
WORK = ".work"
FORMAT = 2
"""Raise this when results made before can't be reused any more."""


def read_manifest(folder: Path) -> dict[str, Any] | None:
    """The manifest of a finished recording, or None."""
    return read_json(folder / FILE)


def read_progress(folder: Path) -> dict[str, Any]:
    """What is known of a recording, finished or not: its manifest so far, or an empty one."""
    return read_json(folder / FILE) or read_json(folder / WORK / FILE) or {}


def save_progress(folder: Path, manifest: dict[str, Any]) -> None:
    """Remember a stage that is complete; the recording is not finished yet."""
    write_json(folder / WORK / FILE, manifest)
    (folder / FILE).unlink(missing_ok=True)


def reopen(folder: Path) -> None:
    """Make a finished recording an unfinished one; what is known of it is kept for the next run."""
    if (folder / FILE).is_file():
        (folder / WORK).mkdir(exist_ok=True)
        (folder / FILE).replace(folder / WORK / FILE)


def finish(folder: Path, manifest: dict[str, Any]) -> None:
    """Mark a recording as finished and remove what was only needed on the way."""
    write_json(folder / FILE, manifest)
    tidy(folder)


def tidy(folder: Path) -> None:
    """Remove parts and temporary files, of killed runs too."""
    shutil.rmtree(folder / WORK, ignore_errors=True)
    for partial in folder.glob(f"{PARTIAL}*"):
        partial.unlink(missing_ok=True)


def input_identity(recording: Recording) -> dict[str, Any]:
    """Size and time of change of a file: enough to see that it was not touched."""
    return {"size_bytes": recording.size_bytes, "modified_ns": recording.modified_ns}


def same_input(manifest: dict[str, Any], path: Path, size_bytes: int, modified_ns: int) -> bool:
    """Tell whether a manifest was made from this file: by size and time, else by its content."""
    known = manifest.get("input", {})
    if known.get("size_bytes") != size_bytes:
        return False
    return known.get("modified_ns") == modified_ns or (
        known.get("sha256") is not None and known["sha256"] == file_sha256(path)
    )


def file_sha256(path: Path) -> str:
    """Hash a file's content.

    Raises:
        RecordingError: it can't be read.
    """
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as exc:
        raise RecordingError(f"{path}: cannot be read ({exc.strerror}).") from exc


def source_entries(source: str, key: str, recording: Recording, sha256: str) -> dict[str, Any]:
    """What a manifest says of its source.

    Args:
        source: absolute path of the file, or the name of a camera or stream.
        key: names the folder of results.
        recording: as probed.
        sha256: of the file's content; empty where it is not known.
    """
    return {
        "source": source,
        "recording": {"key": key, **describe(recording)},
        "input": {**input_identity(recording), "sha256": sha256},
    }


def describe(recording: Recording) -> dict[str, Any]:
    """The parts of a probed recording that belong into its manifest."""
    known = dataclasses.asdict(recording)
    for name in ("path", "keyframes", "size_bytes", "modified_ns"):
        del known[name]
    return {**known, "time_base": str(recording.time_base), "audio": list(recording.audio)}
