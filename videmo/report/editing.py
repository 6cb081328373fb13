"""Hand the part of a page in which the user edits persons what it needs: persons as found, faces, the user's word."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from videmo.persons.linked import Links
from videmo.persons.people import People
from videmo.report.found import MOST_FACES, FoundPersons, changes, suggested
from videmo.report.html import data_uri
from videmo.report.moments import ObservedFace


@dataclass(frozen=True, slots=True)
class Editing:
    """Hold what is known of the persons as found, and what ``people.csv`` says of them already."""

    found: FoundPersons
    links: Links
    people: People

    @property
    def offered(self) -> bool:
        """Tell whether there is anybody to edit."""
        return bool(self.found.persons)

    @property
    def hidden(self) -> int:
        """Count the persons who were found and aren't shown."""
        return len(self.links.tracks) - len(self.found.persons)

    @property
    def most_faces(self) -> int:
        """Return how many faces a page shows at most."""
        return MOST_FACES

    def as_json(self, pictures: Mapping[ObservedFace, bytes]) -> dict[str, Any]:
        """Return what the page's script works on. Times are in seconds; a stretch without an end has none.

        Args:
            pictures: JPEG files of the faces; those that are missing are left out.
        """
        people = self.people
        return {
            "persons": [
                {
                    "number": person.number,
                    "seen": person.seen,
                    "faces": [
                        (face.time_s, data_uri(pictures[face]) if face in pictures else "") for face in person.faces
                    ],
                    "portrait": person.portrait,
                }
                for person in self.found.persons
            ],
            "beside": self.found.beside,
            "maybe": suggested(self.links, people),
            "changes": changes(self.links, people, [person.number for person in self.found.persons]),
            "last": max(self.links.tracks, default=0),
            "names": sorted(people.own_names.items()),
            "cast": _participants(people),
            "proposed": sorted(people.proposed),
            "merges": sorted(people.merges.items()),
            "stretches": [
                (each.person, each.from_s, each.to_s if math.isfinite(each.to_s) else None, each.into)
                for each in people.stretches
            ],
        }


def _participants(people: People) -> list[tuple[int, str]]:
    """List the persons who have their name from ``cast.csv``: it isn't for people.csv to say, nor to change."""
    own, found = people.own or {}, []
    for person in sorted(people.cast):
        stays = people.merges.get(person, person)
        name = people.names.get(stays, "")
        if name and name != own.get(stays):
            found.append((person, name))
    return found
