"""Tell whether another machine would give the same results: what is installed there, and what it sees."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from platform import python_version
from typing import Final

from videmo.batch.engines import guard as guards
from videmo.store.marks import Mark, one_in_each_place, unreadable
from videmo.store.stores import kind_of
from videmo.version import __version__
from videmo.weights.fetch import MODELS
from videmo.weights.named import differing, digests_of

_PACKAGES: Final = (
    "ai-edge-litert", "av", "jinja2", "matplotlib", "numpy", "opencv-python-headless", "pandas", "pillow", "scipy",
)  # fmt: skip
"""Those that bytes of results depend on."""
_PACKAGE: Final = Path(__file__).parents[2]


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
class Demands:
    """Hold what a run demands of each machine."""

    versions: Mapping[str, str]
    digests: Mapping[str, str]
    networks: Mapping[str, str]
    """Hashes of the files that settings name, see `weights.named`."""
    folder: str
    """The one in which the run was started: relative paths begin there; empty where there are none."""
    guard: str
    """What worker processes hold, see `guard`; empty where tasks write nothing, or to no folder of a machine."""
    mark: Mark | None
    """In the folder of results; None where tasks write nothing."""
    far: tuple[str, ...] = ()
    """Of each place in object storage that is read from, a recording."""

    def trouble(self) -> str:
        """Word the first thing in which this machine differs from what is demanded; empty if there is none."""
        return (
            _difference("version", self.versions, versions())
            or _difference("file", self.digests, digests())
            or self._lacking()
            or differing(self.networks, digests_of(self.networks, Path(self.folder)))
        )

    def cut_off(self) -> str:
        """Word why this machine can't read recordings or write results in object storage; empty if it can."""
        if self.mark is not None and self.mark.is_far and (trouble := self.mark.trouble()):
            return trouble
        return next(filter(None, (unreadable(Path(place)) for place in self.far)), "")

    def _lacking(self) -> str:
        if self.folder and not Path(self.folder).is_dir():
            return f"{self.folder}, in which the run was started, is not there"
        trouble = self.mark.trouble() if self.mark and not self.mark.is_far else ""
        trouble = trouble or self.cut_off()
        if trouble or not self.guard:
            return trouble
        try:
            guards.hold(Path(self.guard)).close()
        except OSError as exc:
            return f"{Path(self.guard).parent} cannot be written to or has no locks there ({exc.strerror or exc})"
        return ""


def demands_of(
    files: Collection[str], sources: Collection[Path], guard: Path | None, out: Path | None, mark: Mark | None
) -> Demands:
    """Demand of other machines what holds here.

    Args:
        files: that settings name, see `weights.named`.
        sources: locations of the recordings.
        guard: what worker processes hold on this machine; None where tasks write nothing.
        out: location of the folder of results; None where tasks write nothing.
        mark: that was left in it.
    """
    here = Path.cwd()
    places = [*sources, *([out] if out else [])]
    far = bool(places) and all(map(kind_of, places)) and all(Path(name).is_absolute() for name in _own(files))
    near = guard if guard and out and not kind_of(out) else None
    return Demands(
        versions(),
        digests(),
        digests_of(files, here),
        "" if far else str(here),
        str(near.absolute()) if near else "",
        mark,
        one_in_each_place(sources),
    )


def _own(files: Collection[str]) -> list[str]:
    """Return those that are paths, not names of networks that were fetched."""
    return [name for name in files if name not in MODELS]


def _difference(kind: str, here: Mapping[str, str], there: Mapping[str, str]) -> str:
    """Word the first difference of a machine ("there", which is where this runs) from the run ("here")."""
    for name in (*here, *there):
        if here.get(name) == there.get(name):
            continue
        if kind == "version":
            return f"{name} is {there.get(name, 'not installed')} there, and {here.get(name, 'not installed')} here"
        return f"its videmo/{name} is not the one from here"
    return ""
