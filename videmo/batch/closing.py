"""Say at the end of a run what there is to know about its folder."""

from __future__ import annotations

from collections.abc import Collection

from videmo.pipeline.remarks import remarks_on
from videmo.results.folder import ResultsFolder
from videmo.store.recordings import may_exist
from videmo.terminal import some


def closing_notes(folder: ResultsFolder, at_hand: Collection[str]) -> tuple[str, ...]:
    """Return sentences about copies, different settings, files that are not where they were, and damaged results.

    Args:
        folder: of results.
        at_hand: keys of recordings whose files were just found.
    """
    known = folder.known()
    finished = [results for results in known if results.finished and results.manifest.is_of_file]
    others = [results for results in finished if results.manifest.key not in at_hand]
    gone = [results.manifest.key for results in others if not may_exist(results.source)]
    notes = remarks_on([results.manifest for results in finished]).notes()
    return (
        *notes,
        *([_gone(gone)] if gone else []),
        *left_out_notes(folder, {results.manifest.key for results in known}),
    )


def left_out_notes(folder: ResultsFolder, known: Collection[str]) -> list[str]:
    """Return a sentence about results that are in no table of the folder, as they can't be read; none if all can.

    Args:
        folder: of results.
        known: keys of those that can be read.
    """
    damaged = folder.damaged(known)
    if not damaged:
        return []
    if len(damaged) == 1:
        what, do = "1 recording is left out of all tables, as its run.json is", "it again, or remove its folder"
    else:
        what = f"{len(damaged):,} recordings are left out of all tables, as their run.json are"
        do = "them again, or remove their folders"
    return [f"{what} damaged ({some(damaged)}): analyse {do}."]


def _gone(keys: list[str]) -> str:
    count = "1 recording was" if len(keys) == 1 else f"{len(keys):,} recordings were"
    return (
        f"{count} not found where analysed ({some(keys)}); results stay, unless 'videmo prune' is asked to remove them."
    )
