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
        UsageError: it contains no file, but for hidden ones.
        OutputError: a note can't be written.
    """
    wanted = [results for results in every if results.manifest.is_of_file and not results.has_film]
    by_size = _files(recordings, folder, {results.manifest.input.size_bytes for results in wanted})
    taken: set[Path] = set()
    for in_place in (True, False):  # who is where it was keeps its file, though another is like it
        left = []
        for results in wanted:
            files = by_size[results.manifest.input.size_bytes]
            found = _found(results, [path for path in files if path not in taken], in_place)
            if found is None:
                left.append(results)
            else:
                taken.add(found)
                results.relink(found)
        wanted = left


def _files(recordings: Path, folder: ResultsFolder, sizes: Iterable[int]) -> dict[int, list[Path]]:
    """List the files of some sizes, by size."""
    found: dict[int, list[Path]] = defaultdict(list)
    wanted, empty = set(sizes), True
    for path in files_below(recordings, folder.path):
        empty = empty and path.name.startswith(".")  # a lock that a run left, what a file manager keeps
        with contextlib.suppress(RecordingError):  # a broken link
            size = identity_of(path).size_bytes
            if size in wanted:
                found[size].append(path)
    if empty:
        raise UsageError(recordings, "no such folder, or no files in it", "the folder that the recordings are in now")
    return found


def _found(results: RecordingResults, files: Iterable[Path], in_place: bool) -> Path | None:
    """Return the file that is the recording, where it was or elsewhere; of copies the one most like its name."""
    known, place = results.manifest.input, place_of(results.source)
    candidates = [path for path in files if (place_of(path) == place) == in_place]
    for path in sorted(candidates, key=lambda path: (-alike(path, results.manifest.key), str(path))):
        try:
            if compare(known, path) if in_place else same_content(known, path):
                return path
        except RecordingError:
            continue
    return None
