"""Say whose courses count as one: a participant's over all sessions, in one of them, or those of a dyad."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from videmo.study.contrasts import Contrast
from videmo.study.design import Seat
from videmo.study.participants import Participants
from videmo.study.plan import Plan

ALL: Final = "(all)"
Places = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Units:
    """Participants or dyads, and which courses are theirs."""

    names: tuple[str, ...]
    """In order."""
    of: Places
    """``(seats,)`` the place of the unit whose course it is; -1 where it is nobody's."""
    member: Places
    """``(seats,)`` the place of the participant within all members of all units; -1 likewise."""
    unit_of_member: Places
    """``(members,)`` the place of each member's unit."""

    @property
    def shared(self) -> bool:
        """Tell whether a unit has several members."""
        return len(np.unique(self.unit_of_member)) < len(self.unit_of_member)


def units_of(seats: Sequence[Seat], *, dyads: bool = False, chosen: Sequence[bool] | None = None) -> Units:
    """Return the units of some seats.

    Args:
        seats: of the study.
        dyads: whether dyads are the units; who is in none is left out.
        chosen: which seats count; all by default. Units are the same whichever count.
    """
    names = sorted({each.dyad if dyads else each.participant_id for each in seats} - {""})
    place = {name: number for number, name in enumerate(names)}
    counted = [True] * len(seats) if chosen is None else chosen
    of = [place.get(each.dyad if dyads else each.participant_id, -1) if counts else -1
          for each, counts in zip(seats, counted)]  # fmt: skip
    pairs = sorted({(unit, each.participant_id) for unit, each in zip(of, seats) if unit >= 0})
    member = {pair: number for number, pair in enumerate(pairs)}
    places = [member.get((unit, each.participant_id), -1) for unit, each in zip(of, seats)]
    return Units(tuple(names), _array(of), _array(places), _array([unit for unit, _ in pairs]))


def _array(places: Sequence[int]) -> Places:
    return np.array(places, np.int64)


def sides_of(contrast: Contrast, seats: Sequence[Seat], participants: Participants, plan: Plan) -> list[Units]:
    """Return for each level of a contrast whose courses are compared; the names of the units are the same in all.

    The dyad is the unit of roles, and of everything if the study says so, as in comparisons.
    """
    dyads = contrast.factor == "role" or plan.compare.unit == "dyad"
    return [units_of(seats, dyads=dyads, chosen=_chosen(contrast.factor, level, seats, participants))
            for level in contrast.levels]  # fmt: skip


def in_all_levels(sides: Sequence[Units], met: Sequence[npt.NDArray[np.bool_]], seats: Sequence[Seat]) -> list[Units]:
    """Leave out the members of dyads who lack a level that the other has, as `unit_values` does.

    Args:
        sides: for each level whose courses are compared.
        met: for each level ``(seats,)`` which seats have a used segment.
        seats: of the study.
    """
    levels: dict[tuple[str, str], set[int]] = {}
    of_dyad: dict[str, set[int]] = {}
    for level, (side, there) in enumerate(zip(sides, met)):
        for place in np.flatnonzero(there & (side.of >= 0)).tolist():
            levels.setdefault((seats[place].dyad, seats[place].participant_id), set()).add(level)
            of_dyad.setdefault(seats[place].dyad, set()).add(level)
    whole = np.array([levels.get((each.dyad, each.participant_id)) == of_dyad.get(each.dyad) for each in seats], bool)
    return [_only(side, whole) for side in sides]


def _only(side: Units, there: npt.NDArray[np.bool_]) -> Units:
    """Take the courses of some seats alone; the units stay the same."""
    return dataclasses.replace(side, of=np.where(there, side.of, -1), member=np.where(there, side.member, -1))


@dataclass(frozen=True, slots=True)
class Trials:
    """Say how many segments there are in each seat, and how many of them are used."""

    person: Places
    """``(seats,)`` the place of the participant."""
    total: Mapping[str, Places]
    """By label, ``(seats,)``."""
    used: Mapping[str, Places]
    """Likewise."""
    share: float
    """Of its segments that a participant needs, and one."""

    def too_few(self, side: Units, label: str) -> npt.NDArray[np.bool_]:
        """Tell ``(seats,)`` whose participant has too few used segments of a label in a session or dyad."""
        members, there = len(side.unit_of_member), side.member >= 0
        if not there.any() or label not in self.total:  # what nobody met, nobody has too few of
            return np.zeros_like(there)
        total, used = (np.bincount(side.member[there], counts[label][there], members)
                       for counts in (self.total, self.used))  # fmt: skip
        few = (total > 0) & ((used < 1) | (used < self.share * total - 1e-9))
        return np.asarray(there & few[side.member])


def who_have_enough(sides: Sequence[Units], labels: Sequence[Sequence[str]], trials: Trials) -> list[Units]:
    """Leave out the participants who have too few used segments of what is compared, as `unit_values` does.

    Args:
        sides: for each level whose courses are compared.
        labels: for each level those that it is about.
        trials: of all seats.
    """
    few = np.zeros(len(trials.person), bool)
    for side, own in zip(sides, labels):
        for label in own:
            few |= trials.too_few(side, label)
    enough = ~np.isin(trials.person, trials.person[few])
    return [_only(side, enough) for side in sides]


def _chosen(factor: str, level: str, seats: Sequence[Seat], participants: Participants) -> list[bool]:
    if factor == "label":
        return [True] * len(seats)
    if factor == "session":
        return [each.session == level for each in seats]
    if factor == "role":
        return [each.role == level and each.dyad != "" for each in seats]
    known = participants.by_id
    return [known[each.participant_id].values.get(factor) == level for each in seats]


def groups_of(
    seats: Sequence[Seat], participants: Participants, contrasts: Sequence[Contrast], plan: Plan
) -> dict[str, Units]:
    """Return who is in which group of time courses: everybody, and each level that is compared but for labels."""
    found = {ALL: units_of(seats, dyads=plan.compare.unit == "dyad")}
    for contrast in contrasts:
        found |= _levels_of(contrast, seats, participants, plan)
    return found


def groups_of_differences(
    seats: Sequence[Seat], participants: Participants, contrasts: Sequence[Contrast], plan: Plan
) -> dict[tuple[str, ...], dict[str, Units]]:
    """Return for each difference of two labels that is compared, in order, who is in which of its groups."""
    found: dict[tuple[str, ...], dict[str, Units]] = {}
    for contrast in contrasts:
        if len(contrast.labels) == 2 and contrast.levels:
            found.setdefault(contrast.labels, {}).update(_levels_of(contrast, seats, participants, plan))
    return dict(sorted(found.items()))


def _levels_of(contrast: Contrast, seats: Sequence[Seat], participants: Participants, plan: Plan) -> dict[str, Units]:
    if contrast.factor == "label":
        return {}
    sides = sides_of(contrast, seats, participants, plan)
    return {f"{contrast.factor}: {level}": side for level, side in zip(contrast.levels, sides)}
