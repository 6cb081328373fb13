"""Stand for a file that is not on this machine, where a path is expected that is read from."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO, Self


class FarFile(type(Path())):  # type: ignore[misc]
    """A path whose file lies elsewhere and is read in ranges. It doesn't travel to other processes.

    What works is what reading a recording takes: `open`, `stat`, `is_file`, `is_dir`, `exists`, and its parts.
    """

    _open: Callable[[int], BinaryIO]
    _stat: Callable[[], tuple[int, int]]

    @classmethod
    def at(cls, location: Path, reader: Callable[[int], BinaryIO], look: Callable[[], tuple[int, int]]) -> Self:
        """Make one.

        Args:
            location: by which errors call it.
            reader: opens it; receives the size of the blocks in which to fetch it, 0 for the usual one.
            look: returns its size and the time of its last change, in nanoseconds since 1970; raises OSError.
        """
        path = cls(str(location))
        path._open, path._stat = reader, look
        return path

    def open(self, mode: str = "r", buffering: int = -1, *_: Any, **__: Any) -> Any:
        """Open it for reading bytes."""
        if mode != "rb":
            raise OSError(f"{self} can only be read, as bytes")
        return self._open(max(0, buffering))

    def stat(self, *, follow_symlinks: bool = True) -> os.stat_result:
        """Look up its size and the time of its last change now; nothing else is known."""
        size, modified_ns = self._stat()
        seconds = modified_ns // 10**9
        times: dict[str, Any] = {f"st_{kind}time_ns": modified_ns for kind in "amc"}
        return os.stat_result((0o100444, 0, 0, 1, 0, 0, size, seconds, seconds, seconds), times)

    def is_file(self) -> bool:
        return True

    def is_dir(self) -> bool:
        return False

    def exists(self, *, follow_symlinks: bool = True) -> bool:
        return True

    def absolute(self) -> Self:
        """Return it as it is: a location is absolute."""
        return self
