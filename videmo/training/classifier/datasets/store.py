"""Store faces on disk in one flat file, to train on any number of them in bounded memory."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from videmo.config import fingerprint
from videmo.errors import DatasetError
from videmo.files import replacing, write_json
from videmo.training.classifier.datasets.face import SIZE, SPLITS, VOTES
from videmo.training.classifier.datasets.formats import DataSource

REPORT_EVERY = 20_000


@dataclass(frozen=True, slots=True)
class FaceStore:
    """Hold the faces of all sources, in the order in which they were read."""

    images: npt.NDArray[np.uint8]
    """``(n, 48, 48)``, mapped from disk: rows are read when they are accessed."""
    votes: npt.NDArray[np.float32]
    """``(n, 10)``"""
    split: npt.NDArray[np.uint8]
    """``(n,)`` index into `SPLITS`."""

    def rows(self, *splits: str) -> npt.NDArray[np.int64]:
        """Return the rows of the named splits, ascending."""
        return np.flatnonzero(np.isin(self.split, [SPLITS.index(name) for name in splits]))


def open_store(sources: Sequence[DataSource], root: Path, folder: Path, report: Callable[[str], None]) -> FaceStore:
    """Copy all faces into ``folder`` once; later calls with unchanged sources reopen them.

    Raises:
        DatasetError: a source is missing or broken, or there is no face in any.
    """
    state = fingerprint([[source.format, source.path, _state_of(source.place(root))] for source in sources])
    known = folder / "faces.json"
    if not known.exists() or json.loads(known.read_text(encoding="utf-8")).get("sources") != state:
        known.unlink(missing_ok=True)
        count = _fill(sources, root, folder, report)
        write_json(known, {"sources": state, "faces": count})
    count = json.loads(known.read_text(encoding="utf-8"))["faces"]
    with np.load(folder / "labels.npz") as labels:
        votes, split = labels["votes"], labels["split"]
    images: Any = np.memmap(folder / "faces.u8", np.uint8, mode="r", shape=(count, SIZE, SIZE))
    return FaceStore(images, votes, split)


def _fill(sources: Sequence[DataSource], root: Path, folder: Path, report: Callable[[str], None]) -> int:
    votes: list[bytes] = []
    split = bytearray()
    with replacing(folder / "faces.u8") as partial, partial.open("wb") as file:
        for source in sources:
            before = len(votes)
            for face in source.faces(root):
                file.write(face.image.tobytes())
                votes.append(face.votes.tobytes())
                split.append(SPLITS.index(face.split))
                if len(votes) % REPORT_EVERY == 0:
                    report(f"read {len(votes):,} faces")
            report(f"{source.place(root)}: {len(votes) - before:,} faces")
        if not votes:
            raise DatasetError("data sets", "no faces in any of them", advice="Choose one that has some.")
    with replacing(folder / "labels.npz") as partial:
        counts = np.frombuffer(b"".join(votes), np.float32).reshape(-1, len(VOTES))
        np.savez(partial, votes=counts, split=np.frombuffer(bytes(split), np.uint8))
    return len(votes)


def _state_of(path: Path) -> list[int]:
    """Return the number, bytes and latest change of the files: if these change, they are read again."""
    if path.is_file():
        return [1, path.stat().st_size, path.stat().st_mtime_ns]
    count = size = latest = 0
    for folder, _, names in os.walk(path):
        for name in names:
            seen = (Path(folder) / name).stat()
            count, size, latest = count + 1, size + seen.st_size, max(latest, seen.st_mtime_ns)
    return [count, size, latest]
