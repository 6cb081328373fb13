"""Find out when recordings of a BIDS data set began."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from videmo.results.folder import ResultsFolder
from videmo.study.scans import Scans, read_scans

_LEVELS: Final = 3
"""Folders above a recording in which its table may lie: those of its kind, its session, its subject."""


def recorded_at(results: ResultsFolder) -> tuple[dict[str, str], list[str]]:
    """Return when each recording began, with its zone, where a ``_scans.tsv`` above it says so; and notes.

    Raises:
        ResultsError: a table of the results is damaged.
        StudyError: a ``_scans.tsv`` can't be read.
    """
    read: dict[Path, Scans] = {}
    found: dict[str, str] = {}
    for each in results.require_finished():
        source = each.source
        for folder in list(source.parents)[:_LEVELS]:
            for table in sorted(folder.glob("sub-*_scans.tsv")) if folder.is_dir() else []:
                if table not in read:
                    read[table] = read_scans(table.read_bytes(), str(table))
                start = read[table].starts.get(source.relative_to(folder).as_posix())
                if start:
                    found[each.manifest.key] = start
    return found, [
        f"{table}: {scans.without_zone} times in acq_time have no zone, so they can't be compared with a log in UTC; "
        "add Z to those that are UTC"
        for table, scans in read.items()
        if scans.without_zone
    ]
