"""Write one long CSV of a folder: a row for each probability, as mixed models and plots by group want it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pandas as pd

from videmo.export.collection import Collection
from videmo.measures.registry import words_in
from videmo.results.csv import write_csv_pieces
from videmo.results.dictionary import RECORDING
from videmo.results.schema import DECIMALS
from videmo.spreadsheet import csv_safe, csv_text

COLUMNS: Final = (RECORDING, "person", "name", "start_s", "emotion", "probability")
_PROBABILITY: Final = "probability"


def write_all(collection: Collection, stem: Path) -> list[Path]:
    """Write ``….long.csv``: a row per recording, person, cell of the timeline and emotion.

    Cells in which nobody was seen have no rows, nor have emotions that a recording was not asked for. The file has the
    style of the tables of the folder.
    """
    path = stem.with_name(f"{stem.name}.long.csv")
    decimals = {**DECIMALS, _PROBABILITY: DECIMALS["neutral"]}
    write_csv_pieces(_pieces(collection), path, decimals, style=collection.folder.csv_style)
    return [path]


def _pieces(collection: Collection) -> Iterator[pd.DataFrame]:
    """Yield the rows of each recording; without recordings, an empty piece with the columns."""
    yield pd.DataFrame(columns=list(COLUMNS))
    for cells, persons in zip(collection.pieces("timeline"), collection.pieces("summary")):
        called = {int(row.person): csv_text(row.name) for row in _rows(persons) if row.name}
        words = words_in(cells.columns)
        keys = [name for name in COLUMNS if name in cells.columns and name != "emotion"]
        long = cells.melt(keys, list(words), "emotion", _PROBABILITY, ignore_index=False).dropna(subset=_PROBABILITY)
        long["place"] = long["emotion"].map({word: place for place, word in enumerate(words)})
        long["row"] = long.index
        long = long.sort_values(["row", "place"], kind="stable")
        long["name"] = [called.get(int(person), "") for person in long["person"]]
        yield long.assign(**{RECORDING: long[RECORDING].map(csv_safe)})[list(COLUMNS)]


def _rows(persons: pd.DataFrame) -> Iterator[pd.Series]:
    return persons[["person", "name"]].itertuples(index=False)
