"""Help with saying who the persons are."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from videmo.batch.collect import read_folder
from videmo.batch.run import locked
from videmo.pipeline.names import SUMMARY
from videmo.tables.csv import read_csv
from videmo.tables.people import write_template


@dataclass(frozen=True, slots=True)
class Templates:
    """What was done for each recording with persons, by key."""

    written: tuple[str, ...]
    kept: tuple[str, ...]
    """Recordings that had a ``people.csv`` already."""


def write_templates(out: Path) -> Templates:
    """Put a ``people.csv`` to fill in beside the tables of every recording with persons that has none.

    Raises:
        ResultsError: there are no results, or a table is damaged.
        OutputError: a file can't be written.
    """
    written: list[str] = []
    kept: list[str] = []
    with locked(out):
        for folder, manifest in read_folder(out):
            summary = read_csv(folder / SUMMARY)
            persons = {int(row.person): (row.first_s, row.last_s, row.seen_s) for row in summary.itertuples()}
            if persons:
                made = write_template(folder, persons)
                (written if made else kept).append(manifest["recording"]["key"])
    return Templates(tuple(written), tuple(kept))
