"""Hold who is who in the recordings of a folder, as the user says in ``cast.csv``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from videmo.errors import PeopleError
from videmo.persons.people import People, display_name


@dataclass(frozen=True, slots=True)
class Role:
    """Say which participant a person of a recording is."""

    recording: str
    """Its key."""
    person: int
    participant: str
    """Empty for somebody who takes no part: a passer-by, an interviewer."""
    confirmed: bool = False
    """True if the user looked at it and agreed."""
    where: str = ""
    """File and line, for errors."""


@dataclass(frozen=True, slots=True)
class Cast:
    """The content of ``cast.csv`` of a folder of results; empty where there is none."""

    roles: tuple[Role, ...] = ()
    path: Path = Path()
    """The file; it need not exist."""

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
        return tuple(role for role in self.roles if role.recording == recording)


def named(people: People, roles: Sequence[Role]) -> People:
    """Add to what the user says of a recording's persons the names of the participants that they are.

    Args:
        people: the content of the recording's ``people.csv``.
        roles: of the same recording.

    Raises:
        PeopleError: a person would have two names.
    """
    names, said = dict(people.names), dict[int, str]()
    for role in roles:
        if not role.participant:
            continue
        person = people.merges.get(role.person, role.person)
        if names.get(person) == display_name(person, {}):
            del names[person]  # as the template of people.csv calls everybody
        name = names.setdefault(person, role.participant)
        if name != role.participant:
            found = f"person {person} of {role.recording} is {role.participant!r} here"
            other = said.get(person, "")
            beside = f"and {name!r} in {other}" if other else f"and called {name!r} in {people.path}"
            raise PeopleError(role.where, f"{found}, {beside}", advice="Use the same name in both places.")
        said[person] = role.where
    return replace(people, names=names, own=people.names, cast={role.person: role.where for role in roles})
