"""Delete what recognises people."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from videmo.batch.hold import held_results
from videmo.errors import ResultsError
from videmo.results.folder import ResultsFolder
from videmo.results.manifest import Manifest


@dataclass(frozen=True, slots=True)
class Forgotten:
    """The recordings of which `forget` deleted something, by their keys."""

    finished: tuple[str, ...]
    """Whose faces can't be recognised any more; their tables stay. Results in a renamed folder are called by it."""
    begun: tuple[str, ...]
    """Whose analysis was not finished: what was kept of it is gone too, and it begins anew."""
    who: Path | None = None
    """The page of who is who, which stays and shows faces; None where there is none."""
    pictured: tuple[str, ...] = ()
    """Names of the files, in the folders of recordings, that stay and show faces."""
    filmed: tuple[str, ...] = ()
    """Those that nothing makes anew: recordings of live sessions."""


def forget(out: Path) -> Forgotten:
    """Delete the vectors of all faces in a folder of results, also those of recordings that are not finished.

    Raises:
        ResultsError: there are no results.
        OutputError: a file can't be deleted.
    """
    folder = ResultsFolder(out)
    with held_results(folder):
        # What lies beside the parts of begun recordings is found by them: they go last.
        finished, unfinished = folder.finished(), folder.begun()
        misplaced = folder.misplaced()
        every = [*finished, *unfinished, *misplaced]
        done = [results.manifest.key for results in finished if results.forget_sights()]
        done += [str(results.folder.relative_to(folder.path)) for results in misplaced if results.forget_sights()]
        for results in unfinished:
            results.forget_sights()
        shown = [results for results in every if not _hides_faces(results.manifest)]
        pictured = dict.fromkeys(name for results in shown for name in results.pictured())
        filmed = dict.fromkeys(name for results in shown for name in results.filmed())
        begun = folder.discard_parts()
        if not every and not begun:
            raise ResultsError(out, "no results found", advice="Name a folder of results.")
    who = folder.who if folder.has_who else None
    return Forgotten(tuple(done), tuple(begun), who, tuple(pictured), tuple(filmed))


def _hides_faces(manifest: Manifest) -> bool:
    return manifest.settings is not None and manifest.settings.anonymize.hides_faces
