"""Remember which results may be overwritten, and which were already, so that an interrupted run goes on as any does."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from videmo.config import fingerprint
from videmo.files import unwritable
from videmo.settings import Settings, shaping


class Overwriting:
    """Keep the note of a run that overwrites: with which settings, which results may be lost, and what is done.

    Args:
        path: of the file, on this machine. It is there while such a run is at work, and after it was interrupted
            or some of it failed.
        settings: of the run.
        outdated: notes of others, which mean nothing any more once this run begins to overwrite.
    """

    def __init__(self, path: Path, settings: Settings, outdated: Sequence[Path] = ()) -> None:
        self._path, self._settings, self._outdated = path, fingerprint(shaping(settings)), outdated
        self._agreed, self._done = _read(path, self._settings)
        self._elsewhere = [_read(each, self._settings) for each in outdated]

    @property
    def agreed(self) -> frozenset[str]:
        """Return the keys of results that an interrupted run with the same settings would still have overwritten.

        So would one in which they failed. Its user has agreed to that already.
        """
        return self._agreed - self._done

    @property
    def agreed_elsewhere(self) -> frozenset[str]:
        """Return the same of the notes of others: of shards for a run of the whole folder, and the other way round."""
        return frozenset().union(*(agreed - done for agreed, done in self._elsewhere))

    @property
    def overwritten(self) -> frozenset[str]:
        """Return the keys of what an interrupted run with the same settings has overwritten."""
        return self._done

    def done(self, keys: Collection[str]) -> frozenset[str]:
        """Return the keys of what is overwritten already, if a run that overwrites goes on with an interrupted one.

        It does if it has all recordings of that one, and something is left to do; else it is a new one.
        """
        return self._done if self.agreed and self._agreed.issubset(keys) else frozenset()

    def begin(self, keys: Collection[str]) -> None:
        """Note that a run begins to overwrite results in its folder, which is held; one that goes on notes what is new.

        Args:
            keys: of the recordings of the run.

        Raises:
            OutputError: it can't be written.
        """
        self._note(self.agreed | self.done(keys) | frozenset(keys), self.done(keys))
        for path in self._outdated:
            _remove(path)

    def add(self, key: str) -> None:
        """Note that a recording is done, if its results are being overwritten.

        Raises:
            OutputError: it can't be written.
        """
        if key in self.agreed:
            self._done |= {key}
            self._write([key], "a")

    def end(self, keys: Iterable[str], left: Iterable[str]) -> None:
        """Note that a run came to its end: the next one that overwrites does all of it.

        Args:
            keys: of its recordings.
            left: keys of results that failed and are left. Their user has agreed to lose them.

        Raises:
            OutputError: it can't be written.
        """
        if not self._agreed:
            return
        left = self.agreed.intersection(left)
        if self.agreed.difference(keys):  # recordings of an earlier run, which goes on another time
            for key in sorted(self.agreed.intersection(keys) - left):
                self.add(key)
        elif left:
            self._note(left, frozenset())
        else:
            self._agreed = self._done = frozenset()
            _remove(self._path)

    def _note(self, agreed: frozenset[str], done: frozenset[str]) -> None:
        self._agreed, self._done = agreed, done
        self._write([{"settings": self._settings, "agreed": sorted(agreed)}, *sorted(done)], "w")

    def _write(self, lines: Iterable[Any], mode: str) -> None:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._path.open(mode, encoding="utf-8") as stream:
                stream.writelines(json.dumps(line) + "\n" for line in lines)
        except OSError as exc:
            raise unwritable(self._path, exc) from exc


def _remove(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError as exc:
        raise unwritable(path, exc) from exc


def _read(path: Path, settings: str) -> tuple[frozenset[str], frozenset[str]]:
    """Read what was agreed with some settings, and what of it is done; nothing where that can't be told."""
    first, *done = _lines(path) or [None]
    if not isinstance(first, dict) or first.get("settings") != settings or not isinstance(first.get("agreed"), list):
        return frozenset(), frozenset()
    agreed = frozenset(map(str, first["agreed"]))
    return agreed, agreed.intersection(map(str, done))


def _lines(path: Path) -> list[Any]:
    """Read the lines that are whole: the last one may have been cut off."""
    found: list[Any] = []
    with suppress(OSError, ValueError):
        for line in path.read_text(encoding="utf-8").splitlines():
            found.append(json.loads(line))
    return found
