"""Understand contrasts such as ``label: funny - neutral``, ``group: patient - control | funny`` and ``age``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from videmo.errors import StudyError
from videmo.study.columns import INSIDE
from videmo.study.design import Design
from videmo.study.events import labels_of
from videmo.study.participants import Participants
from videmo.study.sheet import did_you_mean

FEWEST: Final = 2
"""Participants that a level needs."""


@dataclass(frozen=True, slots=True)
class Contrast:
    """Say what is compared with what."""

    factor: str
    """``label``, ``session``, ``role``, or a variable of the participants."""
    levels: tuple[str, ...]
    """All of them if the user named none; empty for a number."""
    labels: tuple[str, ...] = ()
    """One label to which it is restricted, or two whose difference is compared; empty for the mean of all."""
    whole: bool = False
    """Whether the user named no levels: three and more are tested at once, then pair by pair."""
    few: tuple[str, ...] = field(default=(), compare=False)
    """Levels that nobody asked for or against, and that too few have to be compared."""

    @property
    def name(self) -> str:
        """Spell it as in ``study.toml``."""
        levels = "" if self.whole or not self.levels else f": {self.levels[0]} - {self.levels[1]}"
        return f"{self.factor}{levels}" + (f" | {' - '.join(self.labels)}" if self.labels else "")

    @property
    def compared(self) -> tuple[str, frozenset[str], tuple[str, ...]]:
        """Return what it compares, however it is spelled: the same for ``a - b``, ``b - a``, and a factor of both."""
        return self.factor, frozenset(self.levels), tuple(sorted(self.labels))

    def pairs(self) -> Iterator[tuple[str, str]]:
        """Yield the pairs of levels."""
        for place, first in enumerate(self.levels):
            for second in self.levels[place + 1 :]:
                yield first, second


@dataclass(frozen=True, slots=True)
class Factors:
    """List what a contrast may be about: factors with their levels, and numbers."""

    levels: Mapping[str, tuple[str, ...]]
    numbers: tuple[str, ...]
    labels: tuple[str, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """List all names."""
        return (*self.levels, *self.numbers)


def factors_of(design: Design) -> Factors:
    """Find out what can be compared in a design."""
    labels = labels_of(design.events)
    inside = {
        "label": labels,
        "session": tuple(sorted({each.session for each in design.placements} - {""})),
        "role": tuple(sorted({each.role for each in design.placements if each.dyad} - {""})),
    }
    levels = {name: found for name, found in inside.items() if found}
    for variable in design.participants.variables:
        if variable.kind == "factor":
            levels[variable.name] = variable.levels
    numbers = tuple(each.name for each in design.participants.variables if each.kind == "number")
    return Factors(levels, numbers, labels)


def parse_contrast(text: str, factors: Factors, where: str) -> Contrast:
    """Understand a contrast.

    Raises:
        StudyError: it names a factor or a level that there is not; the error names the nearest.
    """
    body, labels = _restricted(text.strip(), factors, where)
    if body in factors.numbers:
        return Contrast(body, (), labels)
    factor, _, rest = body.partition(":")
    factor = factor.strip()
    if factor in factors.numbers:
        advice = f"Write '{factor}', or add it to factors in [study] if its numbers name groups."
        raise StudyError(where, f"{text!r} names levels of {factor}, which is a number and has none", advice=advice)
    if factor not in factors.levels:
        what = "factors and numbers"
        found = f"{text!r} compares {factor!r}, which is neither a factor nor a number"
        raise StudyError(where, found, advice=did_you_mean(factor, factors.names, what))
    if factor == "label" and labels:
        raise StudyError(where, f"{text!r} compares labels within labels", "a factor other than label")
    known = factors.levels[factor]
    if not rest.strip():
        if len(known) < 2:
            raise StudyError(where, f"{text!r}: {factor} has the level {', '.join(known)} alone", "two or more levels")
        return Contrast(factor, known, labels, whole=True)
    return Contrast(factor, _pair(rest.strip(), known, text, where), labels)


def _restricted(text: str, factors: Factors, where: str) -> tuple[str, tuple[str, ...]]:
    """Take off the part behind a bar, one label or two with a minus between; names may contain bars themselves."""
    parts = text.split(" | ")
    for place in range(1, len(parts)):
        body, rest = " | ".join(parts[:place]).strip(), " | ".join(parts[place:]).strip()
        labels = (rest,) if rest in factors.labels else _split(rest, factors.labels)
        if labels and (len(labels) < 2 or labels[0] != labels[1]):
            return body, labels
    factor, _, levels = text.partition(":")
    if len(parts) < 2 or _split(levels.strip(), factors.levels.get(factor.strip(), ())):
        return text, ()
    wrong = parts[-1].strip()
    if " - " not in wrong:
        raise StudyError(where, f"{text!r}: no label {wrong!r}", advice=did_you_mean(wrong, factors.labels, "labels"))
    return " | ".join(parts[:-1]).strip(), _pair(wrong, factors.labels, text, where)


def _split(text: str, known: Sequence[str]) -> tuple[str, ...]:
    """Split at the minus that has a known level on both sides: levels may contain one themselves; empty if none has."""
    parts = text.split(" - ")
    for place in range(1, len(parts)):
        first, second = " - ".join(parts[:place]).strip(), " - ".join(parts[place:]).strip()
        if first in known and second in known:
            return first, second
    return ()


def _pair(text: str, known: Sequence[str], whole: str, where: str) -> tuple[str, str]:
    """Understand two levels with a minus between them."""
    parts, found = text.split(" - "), _split(text, known)
    if found and found[0] == found[1]:
        raise StudyError(where, f"{whole!r} compares {found[0]!r} with itself", "two levels")
    if found:
        return found[0], found[1]
    if len(parts) < 2:
        raise StudyError(where, f"{whole!r} names one level", "two, as in 'label: funny - neutral'")
    wrong = next((part.strip() for part in parts if part.strip() not in known), text)
    raise StudyError(where, f"{whole!r}: no level {wrong!r}", advice=did_you_mean(wrong, known, "levels"))


def all_contrasts(factors: Factors, participants: Participants) -> list[Contrast]:
    """List what a study compares that says nothing: labels, sessions, roles, groups and numbers.

    A factor of the participants is compared over all labels; where there are two, in their difference as well.
    """
    found = []
    for name, levels in factors.levels.items():
        few: tuple[str, ...] = ()
        if name not in INSIDE:
            few = few_of(name, levels, participants)
            levels = tuple(level for level in levels if level not in few)
        if len(levels) >= 2:
            found.append(Contrast(name, levels, whole=len(levels) > 2, few=few))
            if name not in INSIDE and len(levels) == 2 and len(factors.labels) == 2:
                found.append(Contrast(name, levels, factors.labels, few=few))
    return found + [Contrast(name, ()) for name in factors.numbers]


def with_primary(contrasts: Sequence[Contrast], primary: Contrast | None) -> list[Contrast]:
    """Return all contrasts, each once: the primary one in place of whichever compares the same, else first."""
    if primary is None:
        return list(dict.fromkeys(contrasts))
    found = [primary if each.compared == primary.compared and each != primary else each for each in contrasts]
    return list(dict.fromkeys(found if primary in found else [primary, *found]))


def few_of(name: str, levels: Sequence[str], participants: Participants) -> tuple[str, ...]:
    """Return the levels of a variable that fewer have than a comparison needs, of those who take part."""
    there = [person.values.get(name) for person in participants.people if person.included]
    return tuple(level for level in levels if there.count(level) < FEWEST)
