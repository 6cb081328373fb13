"""Read and write who is who in a folder of results: the table that the user corrects, and its page."""

from __future__ import annotations

from pathlib import Path

from videmo.errors import PeopleError
from videmo.persons.cast import Cast
from videmo.persons.cast_file import COMMAS, SEMICOLONS, parse_cast
from videmo.persons.written import text_of
from videmo.results import names
from videmo.results.csv import EXCEL
from videmo.results.stored import StoredFiles
from videmo.store.protocol import MissingError, StoreError
from videmo.store.recordings import errors_name


class CastFiles(StoredFiles):
    """The files that say who is who.

    Args:
        path: location of the folder; it need not exist yet.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.path = path
        self._cast: Cast | None = None

    @property
    def cast(self) -> Cast:
        """Read who is who in its recordings; empty where nobody said.

        Raises:
            PeopleError: ``cast.csv`` can't be read or contradicts itself.
        """
        if self._cast is None:
            location = self.cast_file
            try:
                with self._store.local(names.CAST[0]) as path, errors_name(location, path):
                    text = text_of(path)
            except MissingError:
                text = None
            except StoreError as exc:
                raise PeopleError(location, exc.found, exc.expected, exc.advice) from exc
            self._cast = Cast(path=location) if text is None else parse_cast(text, location)
        return self._cast

    @property
    def cast_content(self) -> bytes:
        """Read ``cast.csv`` as it is; empty where there is none."""
        return self.read(names.CAST[0]) if self.has(names.CAST[0]) else b""

    @property
    def cast_separator(self) -> str:
        """Return what separates the columns of ``cast.csv``: as it is, else as in the other tables."""
        known = names.CAST[0] if self.has(names.CAST[0]) else names.RECORDINGS
        return SEMICOLONS if self.style_of(known) == EXCEL else COMMAS

    @property
    def cast_file(self) -> Path:
        """Return the location of ``cast.csv``, which need not exist."""
        return self.path / names.CAST[0]

    def write_cast(self, text: str) -> None:
        """Write ``cast.csv``.

        Raises:
            OutputError: it can't be written.
        """
        self.put(names.CAST[0], text.encode("utf-8"))
        self._cast = None

    def write_who(self, page: str) -> None:
        """Write the page of who is who.

        Raises:
            OutputError: it can't be written.
        """
        self.put(names.WHO, page.encode("utf-8"))

    @property
    def has_who(self) -> bool:
        """Tell whether there is a page of who is who."""
        return self.has(names.WHO)

    @property
    def who(self) -> Path:
        """Return the location of the page of who is who."""
        return self.path / names.WHO
