"""A store that is not a folder of this machine: files come as copies and go as copies, as with object storage."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import BinaryIO, ClassVar

from videmo.store.identity import InputIdentity
from videmo.store.lease import LeaseFile
from videmo.store.local import LocalStore
from videmo.store.protocol import everywhere
from videmo.store.stores import STORES


class FarStore:
    """Keeps files under a root of its own, flat, by names that say nothing: who opens a path of a key finds nothing.

    Args:
        place: folder of the store, as in ``far:/day1``.
    """

    root: ClassVar[Path] = Path("/nowhere")
    """Where all stores of this kind keep their files; set by `far_away`."""
    log: ClassVar[list[tuple[str, str]]] = []
    """What was done with which key since `far_away`."""

    def __init__(self, place: Path) -> None:
        self._place = place.as_posix().strip("/")
        self._files = LocalStore(self.root)

    @property
    def here(self) -> Path:
        return self.root.parent / "locks" / self._place.replace("/", "-")

    def list(self, *folders: str, links: bool = False, enter: Callable[[str], bool] = everywhere) -> Iterator[str]:
        known = [self._key(path) for path in self.root.iterdir()] if self.root.is_dir() else []
        for folder in folders or ("",):
            inner = f"{folder}/" if folder else ""
            keys = [key for key in known if key is not None and key.startswith(inner)]
            for key in sorted(keys, key=lambda each: each.split("/")):
                parts = key.split("/")
                if all(enter("/".join(parts[:end])) for end in range(inner.count("/") + 1, len(parts))):
                    yield key

    def has(self, key: str) -> bool:
        return self._files.has(self._spelled(key))

    def open(self, key: str) -> BinaryIO:
        return self._files.open(self._spelled(key))

    @contextmanager
    def local(self, key: str) -> Iterator[Path]:
        self.log.append(("local", key))
        known = self.identity(key)
        with tempfile.TemporaryDirectory(prefix="far-") as scratch, self.open(key) as stream:
            path = Path(scratch, Path(key).name)
            with path.open("wb") as copy:
                shutil.copyfileobj(stream, copy)
            os.utime(path, ns=(known.modified_ns, known.modified_ns))
            yield path

    def readable(self, key: str) -> AbstractContextManager[Path]:
        return self.local(key)

    @contextmanager
    def writing(self, key: str) -> Iterator[Path]:
        self.log.append(("writing", key))
        spelled = self._spelled(key)
        with tempfile.TemporaryDirectory(prefix="far-") as scratch:
            path = Path(scratch, Path(key).name)
            yield path
            self._files.put(path.read_bytes(), spelled)

    def put(self, content: bytes, key: str) -> None:
        self.log.append(("put", key))
        self._files.put(content, self._spelled(key))

    def move(self, key: str, target: str) -> None:
        self._files.move(self._spelled(key), self._spelled(target))

    def delete(self, key: str) -> None:
        self._files.delete(self._spelled(key))

    def clear(self, folder: str) -> None:
        for key in list(self.list(folder)):
            self.delete(key)

    def sweep(self, *folders: str) -> None: ...

    def identity(self, key: str) -> InputIdentity:
        return self._files.identity(self._spelled(key))

    def lease(self, key: str) -> LeaseFile:
        return self._files.lease(self._spelled(key))

    def _spelled(self, key: str) -> str:
        """The name of a file: the whole key in hexadecimal."""
        self._files.path(key)  # refuses what leads out of the store
        return os.fsencode(f"{self._place}/{key}".strip("/")).hex()

    def _key(self, path: Path) -> str | None:
        """The key of a file in this store; None if it lies elsewhere."""
        whole = os.fsdecode(bytes.fromhex(path.name)) if not path.name.startswith(".") else ""
        inner = f"{self._place}/" if self._place else ""
        return whole.removeprefix(inner) if whole.startswith(inner) and whole != inner else None


def far_away(root: Path) -> Path:
    """Add the kind of store ``far``, which keeps its files below a folder; returns that folder."""
    FarStore.root, FarStore.log = root / "far", []
    STORES["far"] = FarStore
    return FarStore.root


def gathered(location: Path) -> dict[str, bytes]:
    """All files of a far store, by key."""
    store = FarStore(Path("/", str(location).removeprefix("far:").lstrip("/")))
    found = {}
    for key in store.list():
        with store.open(key) as stream:
            found[key] = stream.read()
    return found
