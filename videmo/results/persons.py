"""Write and read ``persons.csv``: whose tracks are whose."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from videmo.errors import ResultsError
from videmo.persons.linked import Links, how_sure
from videmo.persons.people import People
from videmo.results.csv import PLAIN, read_csv
from videmo.results.schema import write_table
from videmo.spreadsheet import csv_text

if TYPE_CHECKING:
    import pandas as pd

_SUGGESTION: Final = re.compile(r"([0-9]{1,9}) \(([0-9]\.[0-9]{3})\)")
_SUGGESTIONS: Final = re.compile(rf"(?:{_SUGGESTION.pattern}(?:; |$))*")
PERSON_COLUMNS: Final = (
    "person",
    "name",
    "merged_into",
    "tracks",
    "found_first_s",
    "found_last_s",
    "sights",
    "identity",
    "apart",
    "apart_limit",
    "maybe_same_as",
    "maybe_other_from_s",
)
_DISTANCES: Final = ("apart", "apart_limit")
_LATER: Final = ("apart_limit", "maybe_other_from_s")
"""Columns that tables of earlier versions lack: nobody was given more leeway than others, no track was doubtful."""
_NUMBER: Final = re.compile(r"[0-9]{1,9}")
_MOMENTS: Final = re.compile(r"(?:[0-9]{1,9}\.[0-9]{3}(?: (?=.)|$))*")
_NUMBERS: Final = re.compile(r"[1-9][0-9]{0,8}(?: [1-9][0-9]{0,8})*")


def write_persons(links: Links, observations: pd.DataFrame, people: People, path: Path, *, style: str = PLAIN) -> None:
    """Write the persons that were found, and what people.csv makes of them.

    Args:
        links: whose tracks are whose.
        observations: the table with their tracks.
        people: the user's word.
        path: of the file.
        style: see `results.csv`.

    Raises:
        OutputError: it can't be written.
    """
    import pandas as pd

    seen = observations.dropna(subset="track").groupby("track")["time_s"].agg(["min", "max"])
    rows: list[tuple[Any, ...]] = []
    sure = how_sure(links, people)
    for person, tracks in links.tracks.items():
        times = seen.loc[[each for each in tracks if each in seen.index]]
        rows.append(
            (
                person,
                csv_text(people.names.get(person, "")),
                people.merges.get(person),
                " ".join(map(str, tracks)),
                times["min"].min(),
                times["max"].max(),
                links.sights.get(person, 0),
                sure[person],
                links.widest.get(person),
                links.limit.get(person),
                "; ".join(_suggestion(person, pair) for pair in links.maybe if person in pair[:2]),
                " ".join(f"{time_s:.3f}" for time_s in links.other_from.get(person, ())),
            )
        )
    table = pd.DataFrame(rows, columns=list(PERSON_COLUMNS))
    table["merged_into"] = table["merged_into"].astype("Int64")
    for name in _DISTANCES:
        table[name] = table[name].astype("float64")
    write_table(table, path, style=style)


def _suggestion(person: int, pair: tuple[int, int, float]) -> str:
    one, other, apart = pair
    return f"{other if person == one else one} ({apart:.3f})"


def read_links(path: Path) -> Links:
    """Read whose tracks are whose.

    Raises:
        ResultsError: the table is missing or damaged.
    """
    columns = ["person", "tracks", "sights", "maybe_same_as", "maybe_other_from_s"]
    kinds: dict[str, type] = dict.fromkeys(columns, str) | dict.fromkeys(_DISTANCES, float)
    table = read_csv(path, dtype=kinds, usecols=lambda name: name in kinds)
    for name in _LATER:
        if name not in table:
            table[name] = float("nan")
    if missing := [name for name in (*columns, "apart") if name not in table]:
        raise ResultsError(path, f"without the column {missing[0]}", advice="Analyse the recording again.")
    table[columns] = table[columns].fillna("")
    for name, form in zip(columns, (_NUMBER, _NUMBERS, _NUMBER, _SUGGESTIONS, _MOMENTS)):
        if odd := next((text for text in table[name] if not form.fullmatch(text)), None):
            found = f"{odd!r} in the column {name}"
            raise ResultsError(path, found, advice="Analyse the recording again.")
    persons = [int(person) for person in table["person"]]
    tracks = [tuple(map(int, each.split())) for each in table["tracks"]]
    maybe = {
        (*sorted((person, int(other))), float(apart))
        for person, text in zip(persons, table["maybe_same_as"])
        for other, apart in _SUGGESTION.findall(text)
    }
    pairs = sorted(((int(one), int(other), apart) for one, other, apart in maybe), key=lambda pair: (pair[2], pair))
    widest, limit = (
        {person: float(value) for person, value in zip(persons, table[name]) if value == value} for name in _DISTANCES
    )
    sights = dict(zip(persons, map(int, table["sights"])))
    other_from = {
        person: tuple(map(float, text.split())) for person, text in zip(persons, table["maybe_other_from_s"]) if text
    }
    return Links(dict(zip(persons, tracks)), tuple(pairs), sights, widest, limit, other_from)
