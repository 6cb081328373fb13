"""Hold who is who in the recordings of a folder, as the user says in ``cast.csv``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from videmo.errors import PeopleError
from videmo.persons.people import People
from videmo.spreadsheet import csv_key

_NUMBERED: Final = re.compile(r"P\d{2,}")
"""What a proposal calls a participant, see `matching.match`."""


@dataclass(frozen=True, slots=True)
class Role:
    """Say which participant a person of a recording is."""

    recording: str
    """Its key, as tables spell it, see `spreadsheet.csv_key`."""
    person: int
    participant: str
    """Empty for somebody who takes no part: a passer-by, an interviewer."""
    confirmed: bool = False
    """True if the user looked at it and agreed."""
    where: str = ""
    """File and line, for errors."""
    rest: tuple[str, ...] = field(default=(), compare=False)
    """The cells of its line that are there to help, as they are; empty if there are none."""

    @property
    def proposed(self) -> bool:
        """Tell whether it is a proposal that nobody has agreed to or changed."""
        return not self.confirmed and _NUMBERED.fullmatch(self.participant) is not None


@dataclass(frozen=True, slots=True)
class Cast:
    """The content of ``cast.csv`` of a folder of results; empty where there is none."""

    roles: tuple[Role, ...] = ()
    path: Path = Path()
    """The file; it need not exist."""
    _of: dict[str, list[Role]] = field(default_factory=dict, init=False, repr=False, compare=False)
    """By recording: a run asks for each of them."""

    def __post_init__(self) -> None:
        for role in self.roles:
            self._of.setdefault(role.recording, []).append(role)

    def check(self) -> None:
        """Refuse two persons of one recording who are the same participant.

        Raises:
            PeopleError: there are two.
        """
        known: dict[tuple[str, str], Role] = {}
        for role in self.roles:
            other = known.setdefault((role.recording, role.participant), role)
            if role.participant and other is not role:
                found = f"persons {other.person} and {role.person} of {role.recording} are both {role.participant!r}"
                advice = "If they are the same, merge them in the recording's people.csv; else choose another name."
                raise PeopleError(role.where, found, advice=advice)

    def of(self, recording: str) -> tuple[Role, ...]:
        """Return what it says of the persons of a recording."""
        return tuple(self._of.get(csv_key(recording), ()))

    def elsewhere(self, recordings: Iterable[str]) -> tuple[str, ...]:
        """Return the recordings that it names and that are not among some, in its order."""
        there = {csv_key(key) for key in recordings}
        return tuple(dict.fromkeys(role.recording for role in self.roles if role.recording not in there))

    def by_person(self, recordings: Iterable[str]) -> dict[tuple[str, int], Role]:
        """Return what it says of each person, by recording and number.

        Args:
            recordings: keys of those that there are; theirs stand for how tables spell them.
        """
        keys = {csv_key(key): key for key in recordings}
        found = [replace(role, recording=keys.get(role.recording, role.recording)) for role in self.roles]
        return {(role.recording, role.person): role for role in found}


def named(people: People, roles: Sequence[Role]) -> People:
    """Add to what the user says of a recording's persons the names of the participants that they are.

    A person who is merged into another one is whoever that one is; what was said before the merge does not count. A
    proposal gives way to the name of a person in ``people.csv``.

    Args:
        people: the content of the recording's ``people.csv``.
        roles: of the same recording.

    Raises:
        PeopleError: a person would have two names.
    """
    names, said = dict(people.names), dict[int, str]()
    listed = {role.person: role for role in roles}
    for role in roles:
        person = people.merges.get(role.person, role.person)
        if not role.participant or (person != role.person and _gives_way(role, listed.get(person))):
            continue
        if role.proposed and person in people.names:
            continue
        name = names[person] = names.get(person) or role.participant
        if name != role.participant:
            found = f"person {person} of {role.recording} is {role.participant!r} here"
            other = said.get(person, "")
            beside = f"and {name!r} in {other}" if other else f"and called {name!r} in {people.path}"
            raise PeopleError(role.where, f"{found}, {beside}", advice="Use the same name in both places.")
        said[person] = role.where
    proposed = frozenset(role.person for role in roles if role.proposed)
    where = {role.person: role.where for role in roles}
    return replace(people, names=names, own=people.names, cast=where, proposed=proposed)


def _gives_way(role: Role, other: Role | None) -> bool:
    """Tell whether the line of a merged person gives way to that of the one who stays: unless both were confirmed."""
    return other is not None and not (role.confirmed and other.confirmed)
