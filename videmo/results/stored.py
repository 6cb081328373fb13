"""Read and write the files of a folder of results through its store."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO, Final, TypeVar

from videmo.errors import ResultsError
from videmo.results.csv import PLAIN, style_in
from videmo.results.manifest import Manifest
from videmo.results.manifest_file import read_manifest
from videmo.store.protocol import MissingError, StoreError
from videmo.store.recordings import errors_name
from videmo.store.stores import store_of

Part = TypeVar("Part")
Entered = TypeVar("Entered")
PATIENCE_S: Final = 60.0
"""How long a file system may take to show what another machine has written; as long as NFS by default does at most."""


class StoredFiles:
    """The files in one folder of results, by name. Nothing else reads or writes them.

    Args:
        location: of the folder, see `store.stores`; it need not exist yet.
    """

    def __init__(self, location: Path) -> None:
        self._location = location
        self._store = store_of(location)

    def has(self, *files: str) -> bool:
        """Tell whether all of some files are there."""
        return all(self._store.has(name) for name in files)

    def await_files(self, *files: str) -> None:
        """Wait for files that other machines have surely written, and go on without those that don't appear.

        A file system that many machines share may take a while to show what another one has written: what can't be seen
        is not what isn't there. On one machine nothing is waited for, unless somebody deletes files meanwhile.
        """
        deadline, step_s = time.monotonic() + PATIENCE_S, 0.1
        missing = [name for name in files if not self._store.has(name)]
        while missing and time.monotonic() < deadline:
            time.sleep(step_s)
            step_s = min(2.0, step_s * 1.5)
            for folder in {PurePosixPath(name).parent for name in missing}:
                for _ in self._store.list("" if str(folder) == "." else str(folder)):
                    pass  # makes a network's file system look again
            missing = [name for name in missing if not self._store.has(name)]

    @contextmanager
    def reading(self, name: str) -> Iterator[Path]:
        """Yield a path on this machine to read a file from, for as long as the block lasts.

        Raises:
            ResultsError: it is not there or can't be read.
        """
        location = self._location / name
        with ExitStack() as stack:
            path = stack.enter_context(self._entered(name, self._store.local))
            stack.enter_context(errors_name(location, path))
            yield path

    @contextmanager
    def opening(self, name: str) -> Iterator[BinaryIO]:
        """Yield a file to read parts of, for as long as the block lasts.

        Raises:
            ResultsError: it is not there or can't be read.
        """
        with self._entered(name, self._store.open) as stream:
            yield stream

    @contextmanager
    def _entered(self, name: str, enter: Callable[[str], AbstractContextManager[Entered]]) -> Iterator[Entered]:
        location = self._location / name
        with ExitStack() as stack:
            try:
                entered = stack.enter_context(enter(name))
            except MissingError as exc:
                found = f"no such {'table' if location.suffix == '.csv' else 'file'}"
                raise ResultsError(location, found, advice="Analyse the recording again.") from exc
            except StoreError as exc:
                raise ResultsError(location, exc.found, exc.expected, exc.advice) from exc
            yield entered

    @contextmanager
    def writing(self, name: str) -> Iterator[Path]:
        """Yield a path on this machine to write a file to, as a whole; when the block ends, it has its place.

        Raises:
            OutputError: it can't be written.
        """
        with self._store.writing(name) as path, errors_name(self._location / name, path):
            yield path

    def read(self, name: str) -> bytes:
        """Read a small file.

        Raises:
            StoreError: it is not there or can't be read.
        """
        with self._store.open(name) as stream:
            return stream.read()

    def style_of(self, name: str) -> str:
        """Return the style in which a table was written; `csv.PLAIN` where there is none."""
        try:
            with self._store.open(name) as stream:
                return style_in(stream.readline())
        except StoreError:
            return PLAIN

    def put(self, name: str, content: bytes) -> None:
        """Write a small file.

        Raises:
            OutputError: it can't be written.
        """
        self._store.put(content, name)

    def remove(self, *files: str) -> list[str]:
        """Remove files; returns those that were there.

        Raises:
            OutputError: one can't be removed.
        """
        there = [name for name in files if self._store.has(name)]
        for name in there:
            self._store.delete(name)
        return there

    # Parts: what stages keep of each chunk until the recording is finished, as dataclasses of arrays and numbers.

    def kept_part(self, name: str, kind: type[Part], make: Callable[[], Part]) -> Part:
        """Read a part, or make and write it where there is none or it is damaged."""
        part = self.load_part(name, kind)
        if part is None:
            part = make()
            self.put_part(name, part)
        return part

    def load_part(self, name: str, kind: type[Part]) -> Part | None:
        """Read a part of a kind; None where there is none or it is damaged."""
        from videmo.results.parts import load_part

        try:
            with self._store.local(name) as path:
                return load_part(path, kind)
        except StoreError:
            return None

    def put_part(self, name: str, part: Any) -> None:
        """Write a part.

        Raises:
            OutputError: it can't be written.
        """
        from videmo.results.parts import save_part

        with self.writing(name) as path:
            save_part(part, path)

    def _read_manifest(self, name: str) -> Manifest | None:
        """Read the manifest of a recording; None where there is none or it is damaged."""
        try:
            with self._store.local(name) as path:
                return read_manifest(path)
        except StoreError:
            return None
