"""Remember which results a run has overwritten already, so that it goes on after an interruption as any other does."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path

from videmo.config import fingerprint
from videmo.files import unwritable
from videmo.settings import Settings, shaping


class Overwriting:
    """The note of a run that overwrites results: with which settings, and what is done.

    Args:
        path: of the file, on this machine. It is there while such a run is at work, and after it was interrupted
            or some of it failed.
        settings: of the run.
    """

    def __init__(self, path: Path, settings: Settings) -> None:
        self._path, self._settings = path, fingerprint(shaping(settings))
        first, *done = _lines(path) or [""]
        self.interrupted = first == self._settings
        """Whether a run with the same settings was interrupted, or some of it failed: its user has agreed already."""
        self.done = frozenset(done if self.interrupted else ())
        """The keys of what that run has overwritten."""
        self._at_work = self.interrupted

    def begin(self) -> None:
        """Note that a run begins to overwrite results in its folder, which is held; one that goes on has noted it.

        Raises:
            OutputError: it can't be written.
        """
        if not self.interrupted:
            self._append(self._settings, "w")
        self._at_work = True

    def add(self, key: str) -> None:
        """Note that a recording is done, if results are being overwritten.

        Raises:
            OutputError: it can't be written.
        """
        if self._at_work:
            self._append(key, "a")

    def end(self, *, agreed: bool) -> None:
        """Note that the run came to its end: the next one that overwrites does all of it.

        Args:
            agreed: whether results that failed are left, which its user has agreed to lose.

        Raises:
            OutputError: it can't be written.
        """
        if self._at_work and agreed:
            self._append(self._settings, "w")
        elif self._at_work:
            self._path.unlink(missing_ok=True)

    def _append(self, line: str, mode: str) -> None:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._path.open(mode, encoding="utf-8") as stream:
                stream.write(json.dumps(line) + "\n")
        except OSError as exc:
            raise unwritable(self._path, exc) from exc


def _lines(path: Path) -> list[str]:
    """Read the lines that are whole: the last one may have been cut off."""
    found = []
    with suppress(OSError, ValueError):
        for line in path.read_text(encoding="utf-8").splitlines():
            found.append(str(json.loads(line)))
    return found
