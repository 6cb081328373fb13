"""Say what valence is in a study: the column of the tables, which follows from the words that these have."""

from __future__ import annotations

from collections.abc import Sequence

from videmo.measures.emotions import UNPLEASANT, VALENCE
from videmo.study.plan import Plan

_PLEASANT = "happy"


def valence_words(words: Sequence[str]) -> list[str]:
    """List those of the words for emotions that valence is made of, in order."""
    return [word for word in words if word == _PLEASANT or word in UNPLEASANT]


def forgotten(plan: Plan) -> list[str]:
    """List the unpleasant emotions of seven words that a formula called valence leaves out; none if it asks the tables.

    Of five words, the valence of the tables is made of two, and a formula is a choice.
    """
    made = plan.measures.get(VALENCE)
    if made is None or plan.study.emotions == "five" or VALENCE in made.names:
        return []
    return [word for word in valence_words(plan.words) if word not in made.names]


def made_words(plan: Plan) -> str:
    """Say for the methods section what is made of the emotions; begins with a space, or is empty."""
    unpleasant = [word for word in valence_words(plan.words) if word != _PLEASANT]
    definition = f"the probability of {_PLEASANT} less the highest of {_listed(unpleasant)}, taken face by face"
    said = ""
    for name, formula in plan.measures.items():
        if formula.text.strip() == VALENCE:
            said += f" {name} is {definition}."
            continue
        said += f" {name} is {formula.text}."
        if VALENCE in formula.names:
            said += f" {VALENCE} in it is {definition}."
    return said


def _listed(words: Sequence[str]) -> str:
    return f"{', '.join(words[:-1])} and {words[-1]}"
