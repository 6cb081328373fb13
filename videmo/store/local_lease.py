"""Keep a lease in a folder of this machine, or one that many machines share."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from videmo.files import unique_name, unwritable
from videmo.store.lease import Seen


class LocalLease:
    """A file as a `lease.LeaseFile`: it is made exclusively, and each renewal changes its time."""

    def __init__(self, path: Path) -> None:
        """Keep it at ``path``, whose folder need not exist and goes with the last lease in it."""
        self._path = path

    def look(self) -> Seen | None:
        """Return what is there; None if there is no lease.

        Raises:
            OutputError: it can't be read.
        """
        try:
            with self._path.open("rb") as stream:  # opening makes a network's file system look again
                return Seen(stream.read(), str(os.fstat(stream.fileno()).st_mtime_ns))
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as exc:
            raise unwritable(self._path, exc) from exc

    def create(self, content: bytes) -> bool:
        """Write a lease unless there is one.

        Raises:
            OutputError: it can't be written.
        """
        for last in (False, False, True):
            try:
                self._path.parent.mkdir(parents=True, exist_ok=True)
                with self._path.open("xb") as stream:
                    self._fill(stream, content)
                return True
            except FileExistsError as exc:
                if self._path.parent.is_dir():
                    return False
                raise unwritable(self._path, exc) from exc
            except FileNotFoundError as exc:  # the folder went with the last lease in it
                if last:
                    raise unwritable(self._path, exc) from exc
            except OSError as exc:
                raise unwritable(self._path, exc) from exc
        raise AssertionError

    def _fill(self, stream: BinaryIO, content: bytes) -> None:
        """Write a lease into its new file; one that can't be written, as on a full disk, must not stay there empty."""
        try:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        except OSError:
            self._path.unlink(missing_ok=True)
            raise

    def renew(self, content: bytes) -> bool:
        """Change the time of the file, if it still has this content.

        Raises:
            OutputError: it can't be changed.
        """
        seen = self.look()
        if seen is None or seen.content != content:
            return False
        try:
            os.utime(self._path)
        except OSError as exc:
            raise unwritable(self._path, exc) from exc
        return True

    def take(self, seen: Seen) -> bool:
        """Remove the lease if it is as it was seen.

        It is renamed before it is compared, so that of two who do this one finds nothing; what turns out to be another
        lease is put back.

        Raises:
            OutputError: it can't be removed.
        """
        if self.look() != seen:
            return False
        aside = self._path.with_name(unique_name(f"{self._path.name}-", ""))
        try:
            self._path.rename(aside)
            if aside.read_bytes() != seen.content:
                with suppress(FileExistsError):
                    os.link(aside, self._path)
                return False
            return True
        except FileNotFoundError:
            return False
        except OSError as exc:
            raise unwritable(self._path, exc) from exc
        finally:
            with suppress(OSError):
                aside.unlink(missing_ok=True)
            with suppress(OSError):
                self._path.parent.rmdir()
