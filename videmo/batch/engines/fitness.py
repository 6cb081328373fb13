"""Tell whether another machine would give the same results: what is installed there, and what it sees."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from platform import python_version
from typing import Final, Self

from videmo.batch.engines import guard
from videmo.files import write_text
from videmo.version import __version__
from videmo.weights.named import differing, digests_of

_PACKAGES: Final = (
    "ai-edge-litert", "av", "jinja2", "matplotlib", "numpy", "opencv-python-headless", "pandas", "pillow", "scipy",
)  # fmt: skip
"""Those that bytes of results depend on."""
_PACKAGE: Final = Path(__file__).parents[2]
_PATIENCE_S: Final = 5.0
"""How long a file system may take to show what another machine has written."""


def versions() -> dict[str, str]:
    """Return the versions of all that results depend on, by name."""
    found = {"videmo": __version__, "Python": ".".join(python_version().split(".")[:2])}
    for name in _PACKAGES:
        with suppress(PackageNotFoundError):
            found[name] = version(name)
    return found


def digests() -> dict[str, str]:
    """Return a hash of each file of the package, by its path below it: code, templates and networks."""
    return {path.relative_to(_PACKAGE).as_posix(): _digest(path) for path in sorted(_files(_PACKAGE))}


def _files(folder: Path) -> Iterator[Path]:
    for path in folder.iterdir():
        if path.is_dir():
            if path.name != "__pycache__":
                yield from _files(path)
        elif path.suffix != ".pyc":
            yield path


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Mark:
    """A file in the folder of results by which another machine tells that it sees the same folder."""

    path: str
    content: str

    @classmethod
    def leave(cls, path: Path, content: str) -> Self:
        """Write it.

        Raises:
            OutputError: the folder can't be written to.
        """
        write_text(path, content)
        return cls(str(path.absolute()), content)

    def remove(self) -> None:
        """Remove it."""
        with suppress(OSError):
            Path(self.path).unlink(missing_ok=True)

    def trouble(self) -> str:
        """Word why a machine can't work in the folder; empty if it can."""
        deadline = time.monotonic() + _PATIENCE_S
        folder = Path(self.path).parent
        while (found := self._read()) is None and time.monotonic() < deadline:
            with suppress(OSError):
                os.listdir(folder)  # makes a network's file system look again
            time.sleep(0.1)
        if found is None:
            return f"{folder} is not the folder of the results there"
        return "" if found == self.content else f"{folder} is another folder there"

    def _read(self) -> str | None:
        try:
            return Path(self.path).read_text(encoding="utf-8")
        except OSError:
            return None


@dataclass(frozen=True, slots=True)
class Demands:
    """Hold what a run demands of each machine."""

    versions: Mapping[str, str]
    digests: Mapping[str, str]
    networks: Mapping[str, str]
    """Hashes of the files that settings name, see `weights.named`."""
    folder: str
    """The one in which the run was started: relative paths begin there."""
    guard: str
    """What worker processes hold, see `guard`; empty where tasks write nothing."""
    mark: Mark | None
    """In the folder of results; None where tasks write nothing."""

    def trouble(self) -> str:
        """Word the first thing in which this machine differs from what is demanded; empty if there is none."""
        return (
            _difference("version", self.versions, versions())
            or _difference("file", self.digests, digests())
            or self._lacking()
            or differing(self.networks, digests_of(self.networks, Path(self.folder)))
        )

    def _lacking(self) -> str:
        if not Path(self.folder).is_dir():
            return f"{self.folder}, in which the run was started, is not there"
        trouble = self.mark.trouble() if self.mark else ""
        if trouble or not self.guard:
            return trouble
        try:
            guard.hold(Path(self.guard)).close()
        except OSError as exc:
            return f"{Path(self.guard).parent} cannot be written to or has no locks there ({exc.strerror or exc})"
        return ""


def _difference(kind: str, here: Mapping[str, str], there: Mapping[str, str]) -> str:
    """Word the first difference of a machine ("there", which is where this runs) from the run ("here")."""
    for name in (*here, *there):
        if here.get(name) == there.get(name):
            continue
        if kind == "version":
            return f"{name} is {there.get(name, 'not installed')} there, and {here.get(name, 'not installed')} here"
        return f"its videmo/{name} is not the one from here"
    return ""
