"""Say which tracks are whose: what remains of recognising faces when the vectors are gone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from videmo.persons.people import People
from videmo.terminal import some

_MOST: Final = 6
"""Persons of doubtful identity that are named; more are counted."""


@dataclass(frozen=True, slots=True)
class Links:
    """The tracks of each person of a recording, before the user's word in people.csv."""

    tracks: Mapping[int, tuple[int, ...]]
    """For each person their tracks, in order."""
    maybe: tuple[tuple[int, int, float], ...] = ()
    """Persons who may be the same: two numbers and how far apart their faces are; the nearest first."""
    sights: Mapping[int, int] = field(default_factory=dict)
    """For each person by how many sights they were recognised."""
    widest: Mapping[int, float] = field(default_factory=dict)
    """For each person of several tracks how far apart those were that were put together with the least to spare."""
    limit: Mapping[int, float] = field(default_factory=dict)
    """For each of these up to which distance they count as one's: further where somebody comes back to a place."""
    other_from: Mapping[int, tuple[float, ...]] = field(default_factory=dict)
    """For each person the moments in seconds, in order, from which on a track may be another person's."""


RECOGNISED: Final = "recognised"
FOLLOWED: Final = "followed"
"""Of a person whose faces were followed only: small, turned, or not to be recognised."""
UNSURE: Final = "doubtful"
"""Of a person who may be two, or the same as another one."""


def how_sure(links: Links, people: People) -> dict[int, str]:
    """Say of each person how sure it is that it is one, and no other is the same; the user's word is sure.

    Args:
        links: whose tracks are whose.
        people: what the user says of it.
    """
    from videmo.persons.recognising import DOUBTFUL, SAME

    stays = {person: people.merges.get(person, person) for person in links.tracks}
    told = {*people.merges, *people.merges.values()}
    told.update(person for each in people.stretches for person in (each.person, each.into))
    # Who was merged into somebody gives that person their sights.
    seen = {each for person, into in stays.items() if links.sights.get(person, 0) > 0 for each in (person, into)}

    def open_(one: int, other: int) -> bool:
        """Tell whether the user has not said that two are the same, or called them by different names."""
        names = {people.names.get(person, "") for person in (stays.get(one, one), stays.get(other, other))}
        return stays.get(one) != stays.get(other) and (len(names) == 1 or "" in names)

    near = {
        person
        for one, other, apart in links.maybe
        if apart <= SAME + DOUBTFUL and open_(one, other)
        for person in (one, other, stays.get(one), stays.get(other))
    }
    found = {}
    for person in links.tracks:
        wide = links.widest.get(person, 0.0) >= links.limit.get(person, SAME) - DOUBTFUL
        two = person not in told and (wide or person in links.other_from)
        doubtful = two or bool({person, stays[person]} & near)
        found[person] = FOLLOWED if person not in seen else UNSURE if doubtful else RECOGNISED
    return found


def doubts(sure: Mapping[int, str]) -> list[str]:
    """Say in a sentence which persons are of doubtful identity; nothing where none is.

    Args:
        sure: what `how_sure` says of the persons that a recording has.
    """
    unsure = [str(person) for person, said in sure.items() if said == UNSURE]
    if not unsure:
        return []
    who = f"person {unsure[0]} is" if len(unsure) == 1 else f"{len(unsure)} persons ({some(unsure, _MOST)}) are"
    return [f"{who} of doubtful identity: the faces may belong to two people, or to another person here"]
