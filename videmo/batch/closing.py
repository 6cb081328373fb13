"""Say at the end of a run what there is to know about its folder."""

from __future__ import annotations

from collections.abc import Collection

from videmo.pipeline.remarks import remarks_on
from videmo.results.folder import ResultsFolder
from videmo.store.recordings import may_exist
from videmo.terminal import some


def closing_notes(folder: ResultsFolder, at_hand: Collection[str]) -> tuple[str, ...]:
    """Return sentences about copies, different settings, and files that are not where they were.

    Args:
        folder: of results.
        at_hand: keys of recordings whose files were just found.
    """
    finished = [results for results in folder.finished() if results.manifest.is_of_file]
    others = [results for results in finished if results.manifest.key not in at_hand]
    gone = [results.manifest.key for results in others if not may_exist(results.source)]
    return *remarks_on([results.manifest for results in finished]).notes(), *([_gone(gone)] if gone else [])


def _gone(keys: list[str]) -> str:
    count = "1 recording was" if len(keys) == 1 else f"{len(keys):,} recordings were"
    return (
        f"{count} not found where analysed ({some(keys)}); results stay, unless 'videmo prune' is asked to remove them."
    )
