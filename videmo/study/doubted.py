"""Notice recordings in which it is doubtful who is who: one participant may be two persons, or two be one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from videmo.study.design import Design, Facts, Placement, Remark, Seen

_LEAST_S: Final = 1.0
"""Seconds for which a further person has to be seen to be worth a note."""
_SHOWN: Final = 6
_TOGETHER: Final = 0.2
"""Share of the time of a further person in which the participant may be seen as well: parts are not exact."""


def doubted_persons(design: Design, recordings: Mapping[str, Facts]) -> Iterator[Remark]:
    """Remark on persons of doubtful identity, and on further ones who are seen where a participant is missing.

    Args:
        design: with the placements of all participants.
        recordings: that they are in.
    """
    placed: dict[str, list[Placement]] = {}
    for placement in design.placements:
        placed.setdefault(placement.recording, []).append(placement)
    for key, own in placed.items():
        facts = recordings[key]
        taken = {each.person for each in own}
        for other in facts.persons:
            missing = [each for each in own if other.number not in taken and _instead(other, each, facts)]
            if missing:
                yield Remark(missing[0].where, _words(other, missing[0], facts))
    yield from _doubts(placed, recordings)


def _doubts(placed: Mapping[str, Sequence[Placement]], recordings: Mapping[str, Facts]) -> Iterator[Remark]:
    """Remark on persons of doubtful identity in one sentence, however many recordings they are in."""
    keys = [key for key in placed if recordings[key].doubts]
    if len(keys) == 1:
        said = f"in {keys[0]}, {'; '.join(recordings[keys[0]].doubts)}; look at its page, and say in its people.csv who"
        yield Remark(placed[keys[0]][0].where, f"{said} is who")
    elif keys:
        listed = ", ".join(keys[:_SHOWN]) + (" …" if len(keys) > _SHOWN else "")
        yield Remark(
            placed[keys[0]][0].where,
            f"persons are of doubtful identity in {len(keys)} recordings ({listed}): faces may belong to two people, "
            "or to another person there; look at their pages, and say in their people.csv who is who",
        )


def _instead(other: Seen, placement: Placement, facts: Facts) -> bool:
    """Tell whether somebody is seen mostly where a participant is not."""
    mine = facts.person_called(str(placement.person))
    if mine is None or not mine.parts or not other.parts or other.seen_s < _LEAST_S:
        return False
    theirs = seen_parts(other.parts)
    return len(theirs & seen_parts(mine.parts)) <= max(1.0, _TOGETHER * len(theirs)) < len(theirs)


def seen_parts(strip: str) -> frozenset[int]:
    """Return in which parts of a recording somebody is seen, of a strip of pairs of signs: ``.`` is nobody."""
    return frozenset(place // 2 for place in range(0, len(strip), 2) if strip[place] != ".")


def _words(other: Seen, placement: Placement, facts: Facts) -> str:
    parts, length = sorted(seen_parts(other.parts)), facts.duration_s / (len(other.parts) // 2)
    when = f"between {parts[0] * length:.1f} and {(parts[-1] + 1) * length:.1f} s"
    return (
        f"person {other.number} of {facts.key} is seen for {other.seen_s:.1f} s {when}, where "
        f"{placement.participant_id!r} (person {placement.person}) is missing: they may be one; look at its page, and "
        f"if they are, write {placement.person} into merge_into of person {other.number} in its people.csv and bring "
        "the results up to date with 'videmo report'"
    )
