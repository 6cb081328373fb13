"""Help the user to name the persons."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from videmo.batch.hold import held_results
from videmo.persons.people import People
from videmo.results.folder import ResultsFolder
from videmo.results.recording import RecordingResults


@dataclass(frozen=True, slots=True)
class Templates:
    """The result of `write_templates`: the path of the ``people.csv`` of each recording with persons."""

    written: tuple[Path, ...]
    kept: tuple[Path, ...]
    """Those that existed already."""


def checked_people(results: RecordingResults) -> People:
    """Read what is said of the persons of a recording, and refuse what its tables could not be made with.

    Raises:
        PeopleError: ``people.csv`` and ``cast.csv`` contradict themselves or each other, or name a person who was not
            found.
        ResultsError: the table of persons is missing or damaged.
    """
    people = results.people
    # Whose every face is somebody else's by people.csv has no row; that there is no such person, the report said.
    gone = {*people.merges, *(stretch.person for stretch in people.stretches)}
    people.check({*map(int, results.summary["person"])} | gone)
    return people


def write_templates(out: Path) -> Templates:
    """Put a ``people.csv`` to fill in beside the tables of every recording with persons that has none.

    Raises:
        ResultsError: there are no results, or a table is damaged.
        OutputError: a file can't be written.
    """
    written: list[Path] = []
    kept: list[Path] = []
    folder = ResultsFolder(out)
    with held_results(folder):
        for results in folder.require_finished():
            persons = {int(row.person): (row.first_s, row.last_s, row.seen_s) for row in results.summary.itertuples()}
            if persons:
                made = results.write_people_template(persons)
                (written if made else kept).append(results.people_file)
    return Templates(tuple(written), tuple(kept))
