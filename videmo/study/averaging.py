"""Average over labels: over those that all levels of a contrast have, of those who have all of them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import pandas as pd

from videmo.study.participants import ID

LEAST: Final = 2
"""Participants that a level needs to be compared; one that has fewer doesn't decide over which labels is averaged."""
_SHARE: Final = 0.5
"""Of the participants of a level who have met a label that is averaged over, and of those who have met all of them."""
_LOST: Final = 0.1
"""Share of participants from which on it is remarked that they lack a label."""
_MOST: Final = 8
"""Labels that a remark names."""
NEEDED: Final = ", which the mean over labels needs"
"""Ends the reason why somebody is left out who lacks a label."""
Labels = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Averaged:
    """Say over which labels the values of a contrast are averaged that names none."""

    labels: Mapping[str, Labels]
    """By level, in order."""
    met: Mapping[str, Mapping[str, int]]
    """By level and label: how many have used segments."""
    shared: bool
    """Whether the labels are the same in all levels; else no label is in all of them, and each level has its own."""
    asked: bool
    """Whether each participant has all; else too few would have, and each counts with what they met."""
    lost: int = 0
    """Participants who lack one, and are left out."""
    people: int = 0
    """Of so many."""

    def remark(self, contrast: str) -> str:
        """Say what makes levels differ besides; empty where nothing does.

        Args:
            contrast: its name.
        """
        if not self.labels:
            return ""
        if not self.asked:
            met = "; ".join(f"{f'{level}: ' if level else ''}{_counted(counts)}" for level, counts in self.met.items())
            return (
                f"{contrast}: too few met all labels, so that each counts with the mean of those that they met; who "
                f"met what makes a difference as well ({met})"
            )
        if not self.shared:
            own = "; ".join(f"{level}: {_quoted(labels)}" for level, labels in self.labels.items())
            return f"{contrast}: no label was met in all of its levels ({own}); they differ in labels as well"
        averaged = next(iter(self.labels.values()), ())
        others = sorted({label for met in self.met.values() for label in met} - {*averaged})
        said = []
        if others:
            by = "by half of the participants" + (" of each level" if len(self.labels) > 1 else "")
            were = "was" if len(others) == 1 else "were"
            alone = f"averaged over {_quoted(averaged)} alone"
            said.append(f"{alone}; {_quoted(others)} {were} not met {by}, or too few had all")
        if self.lost and self.lost >= _LOST * self.people:
            said.append(
                f"{self.lost} of {self.people} participants lack a label that is averaged over, and are left out"
            )
        return f"{contrast}: {'; '.join(said)}" if said else ""


def averaged_over(means: pd.DataFrame, level: pd.Series) -> Averaged:
    """Decide over which labels to average, and whether everybody can be asked for all of them.

    Args:
        means: a row for each participant (and dyad, session or role) and label; of those who are compared.
        level: of each row.
    """
    who = means[ID].groupby([level, means["label"]]).nunique()
    met = {str(each): {str(label): int(count) for label, count in counts.droplevel(0).items()}
           for each, counts in who.groupby(level=0, sort=True)}  # fmt: skip
    total = {str(each): int(count) for each, count in means[ID].groupby(level).nunique().items()}
    deciding = [each for each in met if total[each] >= LEAST] or [*met]
    few = {each: min(total[each], LEAST) for each in met}
    least = {each: max(few[each], math.ceil(_SHARE * total[each])) for each in met}
    some, many = ({each: {label for label, count in met[each].items() if count >= wanted[each]} for each in met}
                  for wanted in (few, least))  # fmt: skip
    common = sorted(_shared(many, deciding) or _shared(some, deciding))
    shared = bool(common)

    def complete(labels: Mapping[str, Labels]) -> dict[str, int]:
        whole = _whole(means, level, labels)
        found = means[ID].where(whole).groupby(level).nunique()
        return {each: int(found.get(each, 0)) for each in met}

    def enough(labels: Mapping[str, Labels]) -> bool:
        found = complete(labels)
        return all(found[each] >= least[each] for each in deciding)

    labels = {each: tuple(common or sorted(some[each])) for each in met}
    while shared and len(common) > 1 and not enough(labels):
        rarest = min(common, key=lambda label: (min(met[each][label] / total[each] for each in deciding), label))
        common = [label for label in common if label != rarest]
        labels = dict.fromkeys(met, tuple(common))
    found = complete(labels)
    asked = all(labels[each] and found[each] >= few[each] for each in deciding)
    people = sum(total.values())
    return Averaged(labels, met, shared, asked, people - sum(found.values()) if asked else 0, people)


def _shared(labels: Mapping[str, set[str]], levels: Sequence[str]) -> set[str]:
    return set.intersection(*(labels[each] for each in levels)) if levels else set()


def _whole(means: pd.DataFrame, level: pd.Series, labels: Mapping[str, Labels]) -> pd.Series:
    """Tell which rows are of one of the averaged labels, and of somebody who has all of those of that level."""
    wanted = pd.Series([label in labels[each] for label, each in zip(means["label"], level)], means.index, dtype=bool)
    keys = [means[name] for name in means.columns if name in (ID, "dyad")]
    has = means["label"].where(wanted).groupby([*keys, level]).transform("nunique")
    return wanted & (has == level.map({each: len(own) for each, own in labels.items()}))


def with_all_labels(
    means: pd.DataFrame, level: pd.Series, over: Averaged, factor: str
) -> tuple[pd.DataFrame, dict[str, str]]:
    """Take the rows of the averaged labels, of those who have all of them in each level that they have.

    Args:
        means: as for `averaged_over`.
        level: likewise.
        over: what it returned.
        factor: of the contrast.

    Returns:
        The rows, and why participants have none.
    """
    if not over.asked:
        return means, {}
    keys = [means[name] for name in means.columns if name in (ID, "dyad")]
    whole = _whole(means, level, over.labels)
    complete = whole.groupby([*keys, level]).transform("any").groupby(keys).transform("all")
    kept, lost = means[whole & complete], means[~complete]
    reasons = {}
    for name, own in lost.groupby(ID, sort=True):
        if name not in set(kept[ID]):
            reasons[str(name)] = _lacking(own, level[own.index], over, factor)
    return kept, reasons


def none_of(over: Averaged, level: str) -> str:
    """Say that somebody met no label that is averaged over."""
    return f"no segment of {_quoted(over.labels[level], 'or')}{NEEDED}"


def _lacking(own: pd.DataFrame, level: pd.Series, over: Averaged, factor: str) -> str:
    """Say which of the averaged labels somebody lacks, in the first level where one is missing."""
    for each in sorted(set(level)):
        missing = [label for label in over.labels[each] if label not in set(own.loc[level == each, "label"])]
        if missing:
            where = f" in {factor} {each!r}" if factor in ("session", "role") else ""
            return f"no segment of {_quoted(missing, 'or')}{where}{NEEDED}"
    return "not all of the labels that are averaged in one dyad"


def _quoted(labels: Sequence[str], word: str = "and") -> str:
    """List labels in quotation marks, the first of many."""
    each = [*map(repr, labels[:_MOST]), *(["…"] if len(labels) > _MOST else [])]
    return f" {word} ".join(filter(None, [", ".join(each[:-1]), *each[-1:]]))


def _counted(met: Mapping[str, int]) -> str:
    return ", ".join([f"{label!r} {count}" for label, count in met.items()][:_MOST]) + (
        " …" if len(met) > _MOST else ""
    )
