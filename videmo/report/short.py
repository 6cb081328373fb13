"""Say in a sentence for each person what a recording shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import pandas as pd

from videmo.measures.emotions import LEFT_OUT, OTHER
from videmo.measures.registry import words_in
from videmo.persons.people import display_name
from videmo.report.html import duration, percent
from videmo.report.moments import StrongMoment
from videmo.timeline.quality import OUTCOME_WORDS, mostly_left_out

MOST_PERSONS: Final = 4
WORTH_TELLING: Final = 0.05
"""Share of the time from which an emotion is told."""
_MOST_WORDS: Final = 3
_LOOKS: Final = {"surprise": "surprised", "fear": "afraid", "disgust": "disgusted"}
"""How somebody looks, where the emotion is a noun."""


@dataclass(frozen=True, slots=True)
class Told:
    """Hold what is said of one person."""

    name: str
    sentence: str
    """Goes on after the name."""
    moments: tuple[StrongMoment, ...]
    """The strongest moments, strongest first."""


def in_short(
    summary: pd.DataFrame, quality: pd.DataFrame, moments: Sequence[StrongMoment], names: Mapping[int, str]
) -> list[Told]:
    """Sum up the persons who are seen longest, at most `MOST_PERSONS`.

    Args:
        summary: the table ``summary.csv``.
        quality: the table ``quality.csv``.
        moments: the strongest ones of all persons.
        names: of persons, by number.
    """
    lights = quality.dropna(subset=["person"]).set_index("person")
    order = summary.sort_values("seen_s", ascending=False, kind="stable").head(MOST_PERSONS)
    told = []
    for _, row in order.iterrows():
        person = int(row["person"])
        own = sorted((each for each in moments if each.person == person), key=lambda each: -each.probability)
        name, light = display_name(person, names), lights.loc[person]
        sentence = f"{_shown(row)}{_beyond(row)}{_reserved(light)}" if row["seen_s"] else _unusable(light)
        told.append(Told(name, sentence, tuple(own[:_MOST_WORDS])))
    return told


def _shown(row: pd.Series) -> str:
    """Say what a person shows for how much of the time."""
    shares = {word: float(row[f"share_{word}"]) for word in words_in(row.index)}
    worth = sorted((word for word in shares if shares[word] >= WORTH_TELLING), key=lambda word: -shares[word])
    if row["usable"] == 1:
        return f"looked {_LOOKS.get(worth[0], worth[0])} in the only frame that counts."
    seen = f"of the {duration(row['seen_s'])} in view"
    if worth[:1] == ["neutral"] and len(worth) == 1:
        return f"looked neutral for {percent(shares['neutral'], 0)} {seen}."
    first, *rest = [f"{_LOOKS.get(word, word)} for {percent(shares[word], 0)}" for word in worth[:_MOST_WORDS]]
    return f"looked {_listed([f'{first} {seen}', *rest])}."


def _beyond(row: pd.Series) -> str:
    """Say for how much of the time the words more likely leave out what is shown, where that is worth telling."""
    share = row.get(f"share_{OTHER}", 0.0)
    if not share >= WORTH_TELLING:  # nor where nobody told
        return ""
    return f" For {percent(share, 0)} of it, {' or '.join(LEFT_OUT)} is more likely."


def _listed(parts: Sequence[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def _unusable(light: pd.Series) -> str:
    """Say that no face of somebody could be used, and why."""
    why = mostly_left_out(light)
    return f"was seen, but none of the faces could be used{f' (mostly {OUTCOME_WORDS[why]})' if why else ''}."


def _reserved(light: pd.Series) -> str:
    """Say how much is lost, where that is much: frames in which somebody is not seen, and those in which a face is."""
    if light["quality"] != "poor":
        return ""
    (unseen, left_out), why = shares_lost(light), mostly_left_out(light)
    parts = [("not seen", unseen, ""), ("left out", left_out, f" (mostly {OUTCOME_WORDS[why]})" if why else "")]
    lost = [(what, percent(share, 0), because) for what, share, because in parts if share >= WORTH_TELLING]
    within = (" of the frames between first and last sight", "")
    said = [f"{what} in {share}{of}{because}" for (what, share, because), of in zip(lost, within)]
    return f" {'; '.join(said).capitalize()}." if said else ""


def shares_lost(light: pd.Series) -> tuple[float, float]:
    """Return in which shares of the frames from first to last sight a person was not found, and was left out.

    Args:
        light: the person's row of the table ``quality.csv``.
    """
    present = float(light["sampled"] - light["away"]) or 1.0
    unseen = float(light["no_face"] + light["stray"])
    return unseen / present, float(light["sampled"] - light["away"] - light["usable"] - unseen) / present
