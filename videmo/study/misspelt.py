"""Find levels that no comparison names, and that may be a misspelt one that does: what has them drops out of it."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Final

from videmo.study.columns import INSIDE
from videmo.study.contrasts import Contrast, Factors
from videmo.study.design import Design, Remark

_ALIKE: Final = 0.85
_SHOWN: Final = 8


def meant_by(name: str, known: Collection[str]) -> str:
    """Return the known name that another one is probably meant to be; empty if none is.

    Names are alike that differ in case, spaces and signs alone, in the order of letters, or in a letter or so of a
    longer one. Those that begin otherwise or have other numbers are not: ``atypical``, ``film 2``.
    """
    others = sorted(set(known) - {name})
    same = [each for each in others if _plain(each) == _plain(name)]
    near = difflib.get_close_matches(_plain(name), [_plain(each) for each in others], n=len(others) or 1, cutoff=0.6)
    typed = [each for plain in near for each in others if _plain(each) == plain and _typo(name, each)]
    return next(iter([*same, *typed]), "")


def _plain(name: str) -> str:
    return re.sub(r"[\W_]+", "", name.casefold()) or name


def _typo(name: str, known: str) -> bool:
    """Tell whether a name is another one with a slip of the hand."""
    first, second = (re.findall(r"[^\W\d_]+|\d+", each.casefold()) for each in (name, known))
    numbers = [[word for word in words if word.isdigit()] for words in (first, second)]
    letters = [[word for word in words if not word.isdigit()] for words in (first, second)]
    if numbers[0] != numbers[1] or len(letters[0]) != len(letters[1]):
        return False
    return all(_slip(one, other) for one, other in zip(*letters))


def _slip(one: str, other: str) -> bool:
    if one == other:
        return True
    if min(len(one), len(other)) < 4 or one[0] != other[0]:
        return False
    return sorted(one) == sorted(other) or difflib.SequenceMatcher(None, one, other).ratio() >= _ALIKE


def misspelt_levels(design: Design, factors: Factors, contrasts: Sequence[Contrast]) -> Iterator[Remark]:
    """Remark on levels that are alike one that is compared: those that no contrast names, and two that are compared.

    Args:
        design: with participants, placements and events.
        factors: of the design, with their levels.
        contrasts: all that are compared.
    """
    for factor, named in named_levels(contrasts).items():
        for level in factors.levels.get(factor, ()):
            meant = meant_by(level, named)
            if level not in named and meant:
                words = f"{factor} {level!r} ({_who(design, factor, level)}) is named in no comparison."
                yield Remark(_where(design, factor, level), f"{words} Did you mean {meant!r}?")
            elif level in named and meant and level < meant and _plain(level) == _plain(meant):
                words = f"{level!r} and {meant!r} are compared as two levels of {factor}: if they are one, correct it"
                yield Remark(_where(design, factor, level), words)


def named_levels(contrasts: Sequence[Contrast]) -> dict[str, set[str]]:
    """Return the levels of each factor that contrasts name."""
    named: dict[str, set[str]] = {}
    for each in contrasts:
        for factor, levels in ((each.factor, each.levels), ("label", each.labels)):
            if levels:
                named.setdefault(factor, set()).update(levels)
    return named


def unnamed(design: Design, contrasts: Sequence[Contrast]) -> Iterator[tuple[str, str, str]]:
    """Yield contrast, participant and reason of those whose level of a variable no contrast names.

    Levels that too few have to be compared are told of elsewhere.
    """
    named = named_levels(contrasts)
    for each in contrasts:
        for person in design.participants.people if each.levels and each.factor not in INSIDE else ():
            level = person.values.get(each.factor)
            if person.included and level is not None and level not in named[each.factor] and level not in each.few:
                meant = meant_by(str(level), named[each.factor])
                words = f"{each.factor} {str(level)!r} is named in no comparison"
                yield each.name, person.id, words + (f"; did you mean {meant!r}?" if meant else "")


def _who(design: Design, factor: str, level: str) -> str:
    if factor == "label":
        count = sum(event.kind == "stimulus" and event.label == level for event in design.events)
        return f"{count} {'event' if count == 1 else 'events'}"
    names = [*_having(design, factor, level)]
    listed = ", ".join(names[:_SHOWN]) + (" …" if len(names) > _SHOWN else "")
    return f"{len(names)} {'participant' if len(names) == 1 else 'participants'}: {listed}"


def _having(design: Design, factor: str, level: str) -> Mapping[str, str]:
    """Return the participants who have a level, with the line that says so."""
    if factor in INSIDE:
        there = [each for each in design.placements if getattr(each, factor) == level]
        return {each.participant_id: each.where for each in there}
    return {each.id: each.where for each in design.participants.people if each.values.get(factor) == level}


def _where(design: Design, factor: str, level: str) -> str:
    if factor == "label":
        return next(event.where for event in design.events if event.kind == "stimulus" and event.label == level)
    return next(iter(_having(design, factor, level).values()))
