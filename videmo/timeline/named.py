"""Put the names of persons beside their numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Final

from videmo.spreadsheet import csv_plain

if TYPE_CHECKING:
    import pandas as pd

NAME: Final = "name"
_PERSON: Final = "person"


def with_name(columns: Iterable[str]) -> tuple[str, ...]:
    """Return columns with that of the names behind that of the persons."""
    return tuple(each for column in columns for each in ((column, NAME) if column == _PERSON else (column,)))


def with_plain_names(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table in which names are spelled as they are, not as in a spreadsheet."""
    if NAME not in table.columns:
        return table
    names = table[NAME]
    return table.assign(**{NAME: names.map(csv_plain, na_action="ignore").astype(names.dtype)})


def with_names(table: pd.DataFrame, names: Mapping[int, str]) -> pd.DataFrame:
    """Return a table with the name of each row's person; it is empty for persons without one, and for nobody.

    Args:
        table: with a column ``person``; it is not changed. Names that it has already are replaced.
        names: of the persons that have one, spelled as in a table.
    """
    given = table[_PERSON].map({person: name for person, name in names.items() if name}).astype("str")
    if NAME in table.columns:
        return table.assign(**{NAME: given})
    named = table.copy(deep=False)
    named.insert(named.columns.get_loc(_PERSON) + 1, NAME, given)
    return named
