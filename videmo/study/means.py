"""Say, for the methods, over which labels the values of a study were averaged, and who lacked one of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import pandas as pd

from videmo.study.averaging import NEEDED, Averaged
from videmo.study.contrasts import Contrast
from videmo.study.participants import Participants
from videmo.study.plan import Plan
from videmo.study.unit_values import Left, values_over_labels

_NAMED: Final = 8
"""Participants that are named; the table of exclusions has all."""


@dataclass(frozen=True, slots=True)
class MeansOver:
    """Hold what one contrast, which names no label, was averaged over."""

    contrast: str
    over: Averaged
    lacking: tuple[Left, ...]
    """Who lacked an averaged label and was left out."""

    def sentence(self) -> str:
        """Say it; empty where there is one label alone, which nobody lacked."""
        met = {label for counts in self.over.met.values() for label in counts}
        if not self.over.labels or (len(met) < 2 and not self.lacking):
            return ""
        if not self.over.asked:
            counted = "; ".join(self._counted(level, [*counts]) for level, counts in self.over.met.items())
            what = "each participant's value is the mean over the labels that they met, for too few met all"
            return f"In {self.contrast}, {what}: {counted}."
        return f"In {self.contrast}, values are {self._labels()}{self._others(met)}{self._who()}"

    def _labels(self) -> str:
        if self.over.shared:
            return _of(next(iter(self.over.labels.values())))
        each = [f"{_of(labels)} in {level}" for level, labels in self.over.labels.items()]
        return f"{' and '.join(each)}, which share no label"

    def _others(self, met: set[str]) -> str:
        others = sorted(met - {label for labels in self.over.labels.values() for label in labels})
        if not others:
            return ""
        counts = [", ".join(f"{level or 'participants'} {own.get(label, 0)}" for level, own in self.over.met.items())
                  for label in others]  # fmt: skip
        said = [f"{_quoted(label)} ({count} of those with used segments)" for label, count in zip(others, counts)]
        more = f" and {len(said) - _NAMED} more" if len(said) > _NAMED else ""
        return f"; not over {', '.join(said[:_NAMED])}{more}"

    def _who(self) -> str:
        if not self.lacking:
            return "; all who are compared have all of them."
        count = len(self.lacking)
        who = "1 participant" if count == 1 else f"{count} participants"
        named = [f"{each.unit} ({each.reason.removesuffix(NEEDED)})" for each in self.lacking[:_NAMED]]
        more = f" and {count - _NAMED} more" if count > _NAMED else ""
        was = "was" if count == 1 else "were"
        return f". {who} had no used segment of one of these and {was} left out: {', '.join(named)}{more}."

    def _counted(self, level: str, labels: Sequence[str]) -> str:
        counts = [f"{_quoted(label)} {self.over.met[level][label]}" for label in labels[:_NAMED]]
        more = " …" if len(labels) > _NAMED else ""
        return f"{f'{level} ' if level else ''}{', '.join(counts)}{more}"


def _of(labels: Sequence[str]) -> str:
    each = [_quoted(label) for label in labels]
    return f"means over {', '.join(each[:-1])} and {each[-1]}, each alike" if len(each) > 1 else f"of {each[0]}"


def _quoted(label: str) -> str:
    return f"‘{label}’"


def means_over(
    rows: pd.DataFrame, contrasts: Sequence[Contrast], participants: Participants, plan: Plan
) -> Iterator[MeansOver]:
    """Yield what contrasts were averaged over that name no label.

    Args:
        rows: of all segments, as `unit_values.columns_of` makes them.
        contrasts: of the study.
        participants: with their variables.
        plan: the settings of the study.
    """
    for contrast, found, over in values_over_labels(rows, contrasts, participants, plan):
        lacking = tuple(sorted((each for each in found.left if each.lacks_label), key=lambda each: each.unit))
        yield MeansOver(contrast.name, over, lacking)
