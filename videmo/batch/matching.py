"""Match the persons of all recordings of a folder: read what recognises them, propose who is who, write it down."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from videmo.batch.engines.local import LocalEngine
from videmo.batch.engines.protocol import Finished, Task
from videmo.batch.hold import workers
from videmo.batch.queue import run_tasks
from videmo.errors import ResultsError
from videmo.persons.cast import Cast, Role
from videmo.persons.cast_file import Seen, cast_text
from videmo.persons.matching import Candidate, Key, match
from videmo.persons.people import People, display_name
from videmo.persons.recognising import Described
from videmo.records import Source
from videmo.report.cast import CastPerson, CastPlan, render_cast
from videmo.results.folder import ResultsFolder
from videmo.results.recording import RecordingResults


@dataclass(frozen=True, slots=True)
class Portrayed:
    """What is known of a person of a recording."""

    person: int
    name: str
    """By people.csv; empty without one."""
    first_s: float
    last_s: float
    seen_s: float
    described: Described | None
    picture: bytes | None
    """JPEG."""


@dataclass(frozen=True, slots=True)
class PortrayRecording:
    """Read what is known of the persons of a recording; returns a `Portrayed` for each."""

    source: Source
    folder: Path
    networks: Mapping[str, str]
    rank: ClassVar[int] = 0
    weight: ClassVar[float] = 0.0

    def run(self) -> list[Portrayed]:
        from videmo.pipeline.pictures import portraits_of

        results = RecordingResults(self.folder)
        described, people, pictures = self._described(results), results.people, portraits_of(results)
        return [
            Portrayed(
                int(row.person),
                _own_name(people, int(row.person)),
                float(row.first_s),
                float(row.last_s),
                float(row.seen_s),
                described.get(int(row.person)),
                pictures.get(int(row.person)),
            )
            for row in results.summary.itertuples()
        ]

    def _described(self, results: RecordingResults) -> dict[int, Described]:
        """Describe the persons; nobody where their faces were described by another network than today's, or not."""
        from videmo.persons.describing import COLUMNS, describe_persons

        sights = results.sights()
        settings = results.manifest.settings
        if sights is None or settings is None or sights.network != self.networks.get(settings.identity.name):
            return {}
        return describe_persons(results.observations(COLUMNS), sights)


def _own_name(people: People, person: int) -> str:
    name = people.names.get(person, "")
    return "" if name == display_name(person, {}) else name


@dataclass(frozen=True, slots=True)
class Matched:
    """The result of `match_people`."""

    plan: CastPlan
    added: int
    """Persons who were not in the file yet."""
    kept: int
    """Persons who were: their lines say what they said."""
    unknown: tuple[str, ...] = ()
    """Recordings whose faces can't be recognised, by their keys."""
    elsewhere: tuple[str, ...] = ()
    """Recordings in the file that are not in the folder, by their keys."""
    failures: tuple[str, ...] = ()
    """An error in words for each recording that can't be read."""


def match_people(out: Path, *, jobs: int, advanced: Callable[[int, int], None] = lambda done, total: None) -> Matched:
    """Propose who is who over all recordings of a folder, and write it down: the file to edit, and a page to look at.

    What the file says already, stays.

    Args:
        out: a folder of results.
        jobs: recordings to read at a time.
        advanced: receives how many of how many recordings are read.

    Raises:
        ResultsError: there are no results, or none with persons.
        PeopleError: the file contradicts itself.
        OutputError: something can't be written.
    """
    folder = ResultsFolder(out)
    recordings = folder.require_finished()
    gathered = _Gathered(len(recordings), advanced)
    tasks = _tasks(recordings)
    with workers(LocalEngine, jobs, folder, tasks) as engine:
        cast = folder.cast
        run_tasks(tasks, gathered.note, engine)
        if not any(gathered.persons.values()):
            raise ResultsError(out, "no persons were found in these recordings")
        matched = _matched(gathered, cast)
        folder.write_cast(matched.plan.text)
        folder.write_who(render_cast(matched.plan))
    return matched
