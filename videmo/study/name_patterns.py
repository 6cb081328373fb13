"""Find participants and conditions in names such as ``P01_film``, where there is one way to read them only."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

_SEPARATOR: Final = "_"
_CODE: Final = re.compile(r"[A-Za-z]+[0-9]+|[0-9]+")
"""Of a participant: ``P01`` or ``01``."""


@dataclass(frozen=True, slots=True)
class NameParts:
    """Hold what the name of a recording says."""

    participant: str
    condition: str


def parts_of_names(names: Sequence[str]) -> Mapping[str, NameParts]:
    """Read names of recordings as participant and condition; empty where there is more than one way to.

    All names have to have the same number of parts, with ``_`` between them. Of the parts that differ, the first has to
    be a code, with the same letters in all and a number (``P01``), and the others words without digits. Several
    participants have to meet one condition.

    Args:
        names: of files, without their endings.
    """
    split = [name.split(_SEPARATOR) for name in names]
    if len(set(names)) < 2 or len({len(parts) for parts in split}) != 1 or not all(map(all, split)):
        return {}
    places = range(len(split[0]))
    differing = [place for place in places if len({parts[place] for parts in split}) > 1]
    code, *others = differing
    coded = [parts[code] for parts in split]
    if (
        len(split[0]) < 2
        or not _are_codes(coded)
        or any(_has_digit(parts[place]) for parts in split for place in others)
    ):
        return {}
    if code and coded[0].isdigit():  # video_01: the number of a file, perhaps
        return {}
    found = {name: NameParts(parts[code], _SEPARATOR.join(parts[:code] + parts[code + 1 :]))
             for name, parts in zip(names, split)}  # fmt: skip
    met = [{each.participant for each in found.values() if each.condition == condition}
           for condition in {each.condition for each in found.values()}]  # fmt: skip
    return found if any(len(people) > 1 for people in met) else {}


def _are_codes(parts: Sequence[str]) -> bool:
    letters = {part.rstrip("0123456789") for part in parts}
    return len(letters) == 1 and all(_CODE.fullmatch(part) for part in parts)


def _has_digit(part: str) -> bool:
    return any(letter.isdigit() for letter in part)
