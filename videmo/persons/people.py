"""Hold what the user says in ``people.csv``: names of the persons of a recording, and who is the same."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from videmo.config import fingerprint
from videmo.errors import PeopleError
from videmo.spreadsheet import csv_text

_BIDI_CONTROLS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch in which the face of a person is somebody else's."""

    person: int
    from_s: float
    """Seconds; the first moment that is somebody else's."""
    to_s: float
    """Seconds; the first moment that isn't any more."""
    into: int
    """Who it is: a person of the recording, or a new number."""
    line: int


@dataclass(frozen=True, slots=True)
class People:
    """The content of ``people.csv`` of a recording; empty where there is none."""

    names: Mapping[int, str] = field(default_factory=dict)
    """The name of each person whom somebody named. Never of a person who is merged into another one."""
    merges: Mapping[int, int] = field(default_factory=dict)
    """For each person who is the same as another one: the id that stays."""
    path: Path = Path()
    """The file; it need not exist."""
    stretches: tuple[Stretch, ...] = ()
    """Stretches of persons who are somebody else for a while; they count before merges do."""
    lines: Mapping[int, int] = field(default_factory=dict)
    """The line of each person."""
    cast: Mapping[int, str] = field(default_factory=dict)
    """For each person whom ``cast.csv`` of the folder names, the file and line; the participant is among `names`."""
    proposed: frozenset[int] = frozenset()
    """Those of them whom it names by a proposal that nobody has agreed to; a name in ``people.csv`` comes before it."""
    own: Mapping[int, str] | None = None
    """The names without those of ``cast.csv``; None where it says nothing."""

    @property
    def own_names(self) -> Mapping[int, str]:
        """Return the names that ``people.csv`` itself says."""
        return self.names if self.own is None else self.own

    @property
    def anything(self) -> bool:
        """Tell whether it says anything at all."""
        return bool(self.names or self.merges or self.stretches)

    @property
    def by_the_user(self) -> bool:
        """Tell whether it says anything but proposals."""
        return bool(self.own_identity or set(self.cast) - self.proposed)

    @property
    def identity(self) -> str:
        """Hash its content; empty where there is none."""
        return self._hash(self.names) if self.anything else ""

    @property
    def own_identity(self) -> str:
        """Hash what ``people.csv`` itself says; empty where that is nothing."""
        return self._hash(self.own_names) if self.own_names or self.merges or self.stretches else ""

    @property
    def cast_identities(self) -> frozenset[str]:
        """Hash what each line of ``cast.csv`` says of a person of the recording."""
        return frozenset(map(self.cast_identity, self.cast))

    def cast_identity(self, person: int) -> str:
        """Hash what ``cast.csv`` says of a person of the recording."""
        return fingerprint(person, self.names.get(person, ""), person in self.proposed)

    def _hash(self, names: Mapping[int, str]) -> str:
        said: list[object] = [sorted(names.items()), sorted(self.merges.items())]
        if self.stretches:
            said.append(sorted((each.person, each.from_s, each.to_s, each.into) for each in self.stretches))
        return fingerprint(*said)

    def check(self, persons: Collection[int]) -> None:
        """Compare with the persons that were found in the recording.

        Raises:
            PeopleError: it names a person who was not found, or two persons have the same name.
        """
        for stretch in self.stretches:
            if stretch.person not in persons:
                where = f"{self.path}, line {stretch.line}"
                raise _unknown_person(where, f"no person {stretch.person} (person)", persons)
        persons = {*persons, *(stretch.into for stretch in self.stretches)}
        for person, line in self.lines.items():
            for column, number in (("person", person), ("merge_into", self.merges.get(person, person))):
                if number not in persons:
                    raise _unknown_person(f"{self.path}, line {line}", f"no person {number} ({column})", persons)
        for person, where in self.cast.items():
            if person not in persons:
                raise _unknown_person(where, f"no person {person} in {self.path.parent}", persons)
        self._check_names(persons)

    def _check_names(self, persons: Collection[int]) -> None:
        called: dict[str, int] = {}
        for person in sorted(set(persons) - set(self.merges)):
            name = display_name(person, self.names)
            if name in called:
                other = called[name]
                where = self._where(person) or self._where(other)
                same = f"If they are the same, write {other} in the column merge_into of person {person}"
                raise PeopleError(
                    where,
                    f"persons {other} and {person} are both called {name!r}",
                    advice=f"{same}; otherwise, choose different names.",
                )
            called[name] = person

    def _where(self, person: int) -> str:
        """Name the line that names a person; empty if none does."""
        line = self.lines.get(person)
        return self.cast.get(person, "") if line is None else f"{self.path}, line {line}"


def _unknown_person(where: str, found: str, persons: Collection[int]) -> PeopleError:
    if persons:
        return PeopleError(where, found, f"one of {_listed(persons)}")
    return PeopleError(where, found, advice="No persons were found in this recording: remove the line.")


def display_name(person: int, names: Mapping[int, str]) -> str:
    """Call a person by the name, else ``Person 1``."""
    return names.get(person, f"Person {person}")


def clean_name(text: str) -> str:
    """Make a name one line: white space and control characters become single spaces.

    Characters that turn the direction of writing around for all that follows are left out; names in scripts that are
    written from right to left stay as they are.
    """
    kept = (
        " " if unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp") else character
        for character in unicodedata.normalize("NFC", text)
        if character not in _BIDI_CONTROLS
    )
    return " ".join("".join(kept).split())


def csv_name(person: int, names: Mapping[int, str]) -> str:
    """Spell the name of a person for a table, empty for none, so that no spreadsheet takes it for a formula."""
    return csv_text(names.get(person, ""))


def _listed(persons: Collection[int]) -> str:
    ordered = sorted(persons)
    shown = ", ".join(str(person) for person in ordered[:20])
    return shown if len(ordered) <= 20 else f"{shown} … {ordered[-1]}"
