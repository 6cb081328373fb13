"""Build ``cast.html``: who is who in all recordings of a folder, to look at, to correct and to confirm."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from videmo.persons.cast import Cast, Role
from videmo.persons.cast_file import COMMAS
from videmo.report.html import data_uri, json_block, render_with_policy
from videmo.report.index import page_address
from videmo.spreadsheet import csv_safe

STYLES: Final = ("base.css", "cast.css")
SCRIPTS: Final = ("element.js", "download.js", "groups.js", "cast.js")
_ALONE: Final = "img-src data:"
_SERVED: Final = "img-src data:; connect-src 'self'; frame-ancestors 'none'"


@dataclass(frozen=True, slots=True)
class CastPerson:
    """A person of a recording, as the page shows them."""

    role: Role
    first_s: float
    last_s: float
    seen_s: float
    sights: int
    """By how many sights the face is known; 0 if it can't be recognised."""
    apart: float | None
    """Mean distance to the other faces of the participant."""
    picture: bytes | None
    """JPEG."""
    page: bool
    """Whether the recording has a page of its own."""


@dataclass(frozen=True, slots=True)
class CastPlan:
    """Hold what the page shows."""

    persons: tuple[CastPerson, ...]
    proposed: tuple[str, ...]
    """The participant of each of them when they were matched."""
    maybe: tuple[tuple[str, str, float], ...]
    """Participants who may be the same, and how far apart they are; the nearest first."""
    elsewhere: tuple[Role, ...]
    """What the file says of recordings that are not in the folder: it is kept."""
    text: str
    """The file ``cast.csv`` as it was written."""
    version: str
    """Of videmo."""
    separator: str = COMMAS
    """Of the columns of the file."""

    def as_said(self, cast: Cast) -> CastPlan:
        """Show what a file says now of the same persons."""
        said = cast.by_person({person.role.recording for person in self.persons})
        keys = [(person.role.recording, person.role.person) for person in self.persons]
        persons = [replace(person, role=said.pop(key, person.role)) for key, person in zip(keys, self.persons)]
        return replace(self, persons=tuple(persons), elsewhere=tuple(said.values()))

    @property
    def pairs(self) -> list[tuple[int, int, float]]:
        """Return participants who may be the same, by the places of one person each, whatever they are called later."""
        first: dict[str, int] = {}
        for place, name in enumerate(self.proposed):
            first.setdefault(name, place)
        known = [(first[one], first[other], round(apart, 3)) for one, other, apart in self.maybe]
        return [(min(one, other), max(one, other), apart) for one, other, apart in known]


def render_cast(plan: CastPlan, *, served: str = "") -> tuple[str, str]:
    """Build the page.

    Args:
        plan: what it shows.
        served: what tells the state of the file where the page can save into it; empty for a page that only offers the
            file.

    Returns:
        The page, and its content security policy.
    """
    keys = sorted({person.role.recording for person in plan.persons})
    data = {
        "persons": [{**_shown(person, keys), "matched": name} for person, name in zip(plan.persons, plan.proposed)],
        "recordings": [_recording(key) for key in keys],
        "maybe": plan.pairs,
        "elsewhere": [
            [csv_safe(role.recording), role.person, role.participant, "yes" if role.confirmed else "", *role.rest]
            for role in plan.elsewhere
        ],
        "served": served,
        "separator": plan.separator,
    }
    return render_with_policy(
        "cast.html.j2",
        styles=STYLES,
        scripts=SCRIPTS,
        sources=_SERVED if served else _ALONE,
        persons=len(plan.persons),
        recordings=len(keys),
        unknown=sum(not person.sights for person in plan.persons),
        pictured=any(person.picture for person in plan.persons),
        served=bool(served),
        version=plan.version,
        data=json_block(data),
    )


def _shown(person: CastPerson, keys: Sequence[str]) -> dict[str, Any]:
    role = person.role
    return {
        "recording": keys.index(role.recording),
        "person": role.person,
        "participant": role.participant,
        "confirmed": role.confirmed,
        "first": round(person.first_s, 1),
        "last": round(person.last_s, 1),
        "seen": round(person.seen_s, 1),
        "sights": person.sights,
        "apart": None if person.apart is None else round(person.apart, 3),
        "page": page_address(role.recording) if person.page else "",
        "picture": data_uri(person.picture) if person.picture else "",
    }


def _recording(key: str) -> dict[str, str]:
    return {"csv": csv_safe(key), "name": key.encode("utf-8", "backslashreplace").decode("utf-8")}
