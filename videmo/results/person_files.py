"""Read and write what is known of the persons of a recording: their sights, tracks, pictures, and the user's word."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from videmo.errors import PeopleError
from videmo.persons.cast import Role, named
from videmo.persons.people import People
from videmo.persons.people_file import read_people, write_template
from videmo.results import names
from videmo.results.csv import PLAIN
from videmo.results.stored import StoredFiles
from videmo.store.protocol import MissingError, StoreError
from videmo.store.recordings import errors_name

if TYPE_CHECKING:
    import pandas as pd

    from videmo.persons.linked import Links
    from videmo.persons.sights import Sights
    from videmo.results.portraits import Portraits


class PersonFiles(StoredFiles):
    """The files of a recording that are about its persons.

    Args:
        folder: its location; it need not exist yet.
        cast: returns what ``cast.csv`` of the folder of all results says of its persons.
    """

    def __init__(self, folder: Path, cast: Callable[[], Sequence[Role]] = tuple) -> None:
        super().__init__(folder)
        self.folder = folder
        self.style = PLAIN
        """In which tables are written; they are read in any."""
        self._cast = cast
        self._people: People | None = None

    def sights(self) -> Sights | None:
        """Read what recognises faces; None where there is none, or it was forgotten."""
        from videmo.persons.sights import Sights

        return self.load_part(names.TRACKS, Sights)

    def write_sights(self, sights: Sights) -> None:
        """Write what recognises faces.

        Raises:
            OutputError: it can't be written.
        """
        self.put_part(names.TRACKS, sights)

    def forget_sights(self) -> bool:
        """Delete what recognises faces; returns whether there was anything.

        Raises:
            OutputError: it can't be deleted.
        """
        return bool(self.remove(names.TRACKS))

    def portraits(self) -> Portraits | None:
        """Read the pictures of persons that came with the page; None where there are none."""
        from videmo.results.portraits import Portraits

        return self.load_part(names.PORTRAITS, Portraits)

    def forget_pictures(self) -> None:
        """Delete the pictures that were kept for the page.

        Raises:
            OutputError: they can't be deleted.
        """
        self.remove(names.PAGE_PICTURES)

    def forget_page(self) -> None:
        """Delete the page and every other file that shows faces, but for the video.

        Raises:
            OutputError: they can't be deleted.
        """
        self.remove(*(name for name in names.PICTURED if name != names.VIDEO))

    def pictured(self) -> tuple[str, ...]:
        """Name the files that show faces, unless these are hidden; all of them can be made anew."""
        return tuple(name for name in names.PICTURED if self.has(name))

    def filmed(self) -> tuple[str, ...]:
        """Name the files that show faces, unless these are hidden, and that nothing makes anew: of a live session."""
        return (names.FILM,) if self.has(names.FILM) else ()

    def links(self) -> Links:
        """Read whose tracks are whose.

        Raises:
            ResultsError: the table is missing or damaged.
        """
        from videmo.results.persons import read_links

        with self.reading(names.PERSONS) as path:
            return read_links(path)

    def write_persons(self, links: Links, table: pd.DataFrame, people: People) -> None:
        """Write ``persons.csv``, see `results.persons`."""
        from videmo.results.persons import write_persons

        with self.writing(names.PERSONS) as path:
            write_persons(links, table, people, path, style=self.style)

    @property
    def people(self) -> People:
        """Read ``people.csv``, and what ``cast.csv`` says.

        Raises:
            PeopleError: one of them can't be read, or they contradict themselves or each other.
        """
        if self._people is None:
            self._people = named(self._read_people(), self._cast())
        return self._people

    def _read_people(self) -> People:
        try:
            with self._store.local(names.PEOPLE) as path, errors_name(self.people_file, path):
                return replace(read_people(path), path=self.people_file)
        except MissingError:
            return People(path=self.people_file)
        except StoreError as exc:
            raise PeopleError(self.people_file, exc.found, exc.expected, exc.advice) from exc

    def write_people_template(self, persons: Mapping[int, tuple[float, float, float]]) -> bool:
        """Write a ``people.csv`` to fill in, see `persons.people.write_template`."""
        if self.has(names.PEOPLE):
            return False
        with self.writing(names.PEOPLE) as path:
            return write_template(path, persons)

    @property
    def people_file(self) -> Path:
        """Return the location of ``people.csv``, which need not exist."""
        return self.folder / names.PEOPLE
