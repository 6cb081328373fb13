"""Find recordings again that were moved, by their content, and note where they lie now."""

from __future__ import annotations

import contextlib
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from videmo.batch.discover import files_below
from videmo.batch.known import alike
from videmo.errors import RecordingError, UsageError
from videmo.results.folder import ResultsFolder
from videmo.results.recording import RecordingResults
from videmo.store.places import place_of
from videmo.store.recordings import compare, identity_of, same_content


def relink(every: Iterable[RecordingResults], folder: ResultsFolder, recordings: Path) -> None:
    """Look through a folder for recordings of which there are results, and note where those lie that are there.

    Args:
        every: the results.
        folder: of all results, which has to be held.
        recordings: the folder to look through, to any depth.

    Raises:
        UsageError: it contains no file.
        OutputError: a note can't be written.
    """
    wanted = [results for results in every if results.manifest.is_of_file and not results.has_film]
    by_size = _files(recordings, folder, {results.manifest.input.size_bytes for results in wanted})
    for results in wanted:
        found = _found(results, by_size[results.manifest.input.size_bytes])
        if found is not None:
            results.relink(found)


def _files(recordings: Path, folder: ResultsFolder, sizes: Iterable[int]) -> dict[int, list[Path]]:
    """List the files of some sizes, by size."""
    found: dict[int, list[Path]] = defaultdict(list)
    wanted, empty = set(sizes), True
    for path in files_below(recordings, folder.path):
        empty = False
        with contextlib.suppress(RecordingError):  # a broken link
            size = identity_of(path).size_bytes
            if size in wanted:
                found[size].append(path)
    if empty:
        raise UsageError(recordings, "no such folder, or no files in it", "the folder that the recordings are in now")
    return found


def _found(results: RecordingResults, files: Iterable[Path]) -> Path | None:
    """Return the file that is the recording; where there are copies, the one whose path is most like the name."""
    known, place = results.manifest.input, place_of(results.source)
    for path in sorted(files, key=lambda path: (-alike(path, results.manifest.key), str(path))):
        try:
            if compare(known, path) if place_of(path) == place else same_content(known, path):
                return path
        except RecordingError:
            continue
    return None
