"""Merge persons of a recording as ``people.csv`` says."""

from __future__ import annotations

import math

import pandas as pd

from videmo.persons.assigning import in_order
from videmo.persons.people import People


def merge_persons(observations: pd.DataFrame, people: People) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Replace the ids of persons who are the same as another one.

    Ids are not numbered anew, so that they mean the same in every table and in ``people.csv``. Where two persons who
    are merged appear in the same frame, the face with the higher score counts and the other becomes a stray.

    Args:
        observations: the table with persons assigned by following faces alone.
        people: read from ``people.csv``.

    Returns:
        The table, and warnings: of persons who can hardly be the same, and of stretches in which nobody is seen.

    Raises:
        PeopleError: a person is named who is not in the table.
    """
    found = {int(person) for person in observations["person"].dropna().unique()}
    people.check(found)
    if not people.merges and not people.stretches:
        return observations, ()
    table, empty = observations.copy(), list[str]()
    for stretch in people.stretches:
        during = (observations["time_s"] >= stretch.from_s) & (observations["time_s"] < stretch.to_s)
        rows = during & (observations["person"] == stretch.person).fillna(False)
        table.loc[rows, "person"] = stretch.into
        if not rows.any():
            until = "on" if stretch.to_s == math.inf else f"to {stretch.to_s:g} s"
            seen = f"person {stretch.person} has no face from {stretch.from_s:g} s {until}"
            empty.append(f"people.csv, line {stretch.line}: {seen}, so it changes nothing")
    table["person"] = table["person"].map(lambda person: people.merges.get(person, person), na_action="ignore")
    table["person"] = table["person"].astype("Int64")
    weaker = _weaker_faces(table)
    warnings = _warnings(observations, table, weaker)
    table.loc[weaker, "status"] = "stray"
    table.loc[weaker, "person"] = pd.NA
    return in_order(table), (*empty, *warnings)


def _weaker_faces(table: pd.DataFrame) -> pd.Index:
    """Find the rows of a person of whom there is a better one in the same frame; of equal ones, the first is better."""
    seen = table[table["person"].notna()].sort_values("face_score", ascending=False, kind="stable")
    return seen.index[seen.duplicated(["frame", "person"])].sort_values()


def _warnings(before: pd.DataFrame, after: pd.DataFrame, weaker: pd.Index) -> tuple[str, ...]:
    """Name the merged persons who appear side by side."""
    said = []
    for person in sorted({int(person) for person in after.loc[weaker, "person"]}):
        rows = weaker[(after.loc[weaker, "person"] == person).to_numpy()]
        moments = before.loc[rows, "frame"].unique()
        beside = (after["person"] == person).fillna(False) & after["frame"].isin(moments)
        together = " and ".join(str(number) for number in sorted({int(each) for each in before.loc[beside, "person"]}))
        frames = len(moments)
        first = float(before.loc[rows, "time_s"].min())
        when = f"in {_count(frames)}, first at {first:.1f} s"
        said.append(f"people.csv merges persons {together}, but they appear side by side {when}")
    return tuple(said)


def _count(frames: int) -> str:
    return "1 frame" if frames == 1 else f"{frames} frames"
