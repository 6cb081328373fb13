"""File systems of fsspec that keep buckets in a folder: one that creates files exclusively, and one that can't."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import fsspec
import pytest
from fsspec.implementations.local import LocalFileSystem

PLACE = "STANDIN_PLACE"
"""Variable with the folder that the buckets lie in."""
SECRET = "a-word-that-libraries-tell"


class PlainIn(LocalFileSystem):
    """What fsspec makes of a folder, with no creation of its own."""

    protocol = "plainin"

    def __init__(self, **options: Any) -> None:
        super().__init__(**{**options, "auto_mkdir": True})

    @classmethod
    def _strip_protocol(cls, path: str) -> str:
        place = os.environ[PLACE]
        path = path.partition("://")[2] if "://" in path else path
        return path.rstrip("/") if path.startswith(place) else f"{place}/{path}".rstrip("/")

    def pipe_file(self, path: str, value: bytes, **options: Any) -> None:
        self._strip_protocol(path)
        with self.open(path, "wb") as stream:
            stream.write(value)


class StandIn(PlainIn):
    """A bucket as gcsfs and adlfs give one: with versions, and files that are created exclusively."""

    protocol = "standin"

    def info(self, path: str, **options: Any) -> dict[str, Any]:
        if os.environ.get("STANDIN_CLOSED"):
            raise RuntimeError(f"403 Forbidden: {SECRET}")
        found = super().info(path, **options)
        return {**found, "etag": f'"{found["ino"]}-{found["mtime"]}"'}

    def pipe_file(self, path: str, value: bytes, mode: str = "overwrite", **options: Any) -> None:
        path = self._strip_protocol(path)
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        with Path(path).open("xb" if mode == "create" else "wb") as stream:
            stream.write(value)


def register(place: Path, patch: pytest.MonkeyPatch) -> None:
    """Make them known in this process."""
    patch.setenv(PLACE, str(place))
    (place / "bucket").mkdir(parents=True, exist_ok=True)
    for kind in (PlainIn, StandIn):
        fsspec.register_implementation(kind.protocol, kind, clobber=True)


def install(folder: Path, *missing: str) -> None:
    """Make them known to processes that have a folder in their import path, and libraries missing there."""
    told = folder / "standin-1.0.dist-info"
    told.mkdir(parents=True)
    (told / "METADATA").write_text("Metadata-Version: 2.1\nName: standin\nVersion: 1.0\n")
    kinds = [f"{kind.protocol} = standin:{kind.__name__}\n" for kind in (PlainIn, StandIn)]
    (told / "entry_points.txt").write_text("[fsspec.specs]\n" + "".join(kinds))
    for name in missing:
        (folder / f"{name}.py").write_text("raise ImportError\n")
