"""Find the page that shows a folder of results, a recording in it, or a study."""

from __future__ import annotations

from pathlib import Path

from videmo.batch.choosing import chosen_in
from videmo.errors import ResultsError, UsageError
from videmo.results.folder import ResultsFolder
from videmo.results.recording import RecordingResults
from videmo.results.study import StudyFolder
from videmo.store.stores import kind_of


def page_of(folder: Path, recording: str = "") -> Path:
    """Return the path of a page to open in a browser.

    Args:
        folder: of results, of a single recording in such a folder, or of a study.
        recording: its key, or an end of it that no other has; empty for the page of the folder.

    Raises:
        UsageError: the folder is not on this machine, or there is no such recording.
        ResultsError: there is no page.
    """
    if kind_of(folder):
        raise UsageError(folder, "not on this machine", advice="Copy it here, and open the copy.")
    if recording:
        _, (results,) = chosen_in(folder, [recording])
        return _required(results.has_page, results.page)
    one = RecordingResults(folder)
    if one.known is not None:
        return _required(one.has_page, one.page)
    study = StudyFolder(folder)
    if study.tables:
        return _required(study.page.is_file(), study.page)
    results_folder = ResultsFolder(folder)
    if results_folder.has_index:
        return results_folder.first_to_open
    results_folder.require_finished()
    return _required(False, folder)


def _required(there: bool, page: Path) -> Path:
    if not there:
        raise ResultsError(page, "no page was written", advice="Run 'videmo report' to write the pages.")
    return page
