"""Choose recordings of a folder of results by what the user calls them."""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterable, Sequence
from pathlib import Path, PurePosixPath

from videmo.errors import UsageError
from videmo.records import keys_called
from videmo.results.folder import ResultsFolder
from videmo.results.keys import folded
from videmo.results.recording import RecordingResults
from videmo.store.stores import kind_of


def chosen_in(out: Path, recordings: Sequence[str] = ()) -> tuple[ResultsFolder, list[RecordingResults]]:
    """Return the folder of all results, and those of the recordings that are meant.

    Args:
        out: a folder of results, for all recordings in it; or that of a single one, for this.
        recordings: keys, or ends of keys that only one recording has.

    Raises:
        ResultsError: there are no results.
        UsageError: there is no such recording, or several are called that.
    """
    own = ResultsFolder(out).own_key
    folder = ResultsFolder(_above(out, own) if own else out)
    known = {results.manifest.key: results for results in folder.require_observed()}
    wanted = {_meant(name, known) for name in ([own] if own else recordings)} or known.keys()
    return folder, [results for key, results in known.items() if key in wanted]


def _above(folder: Path, key: str) -> Path:
    """Return the folder of all results, from that of one recording.

    Raises:
        UsageError: it does not lie there by its name.
    """
    whole = folder if kind_of(folder) else Path(os.path.abspath(folder))  # noqa: PTH100 (links keep their names)
    parts = PurePosixPath(key).parts
    last = "/".join(whole.parts[-len(parts) :])
    if len(whole.parts) <= len(parts) or folded(last) != folded(key):
        found = f"this is the folder of a single recording, {key}, moved or renamed"
        raise UsageError(folder, found, advice="Choose the folder of all results that it belongs to.")
    return whole.parents[len(parts) - 1]


def _meant(name: str, known: Iterable[str]) -> str:
    """Return the key that is meant: the name itself, or the only key that ends so."""
    plain = name.replace(os.sep, "/").strip("/")
    found = keys_called(plain, known)
    if len(found) == 1:
        return found[0]
    if found:
        raise UsageError(name, f"{len(found)} recordings are called that", advice=f"Choose from {', '.join(found)}.")
    near = difflib.get_close_matches(plain, known, n=1)
    hint = f"Did you mean {near[0]}?" if near else "Their names are in recordings.csv."
    raise UsageError(name, "there are no results of such a recording", advice=hint)
