"""Match the persons of all recordings of a folder: read what recognises them, propose who is who, write it down."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import ClassVar

from videmo.batch.engines.local import LocalEngine
from videmo.batch.engines.protocol import Finished, Task
from videmo.batch.hold import workers
from videmo.batch.people import checked_people
from videmo.batch.queue import run_tasks
from videmo.errors import PeopleError, ResultsError
from videmo.faces.identity import recognition_identity
from videmo.persons.cast import Cast, Role
from videmo.persons.cast_file import Seen, cast_text
from videmo.persons.likeness import Described
from videmo.persons.matching import Candidate, Key, Match, match
from videmo.persons.people import People
from videmo.records import Source
from videmo.report.cast import CastPerson, CastPlan, render_cast
from videmo.results.folder import ResultsFolder
from videmo.results.recording import RecordingResults
from videmo.version import __version__


@dataclass(frozen=True, slots=True)
class Portrayed:
    """Hold what is known of a person of a recording."""

    person: int
    name: str
    """By people.csv; empty without one."""
    first_s: float
    last_s: float
    seen_s: float
    described: Described | None
    picture: bytes | None
    """JPEG."""
    page: bool
    """Whether the recording has a page."""


@dataclass(frozen=True, slots=True)
class Portrayals:
    """Hold what is known of the persons of a recording."""

    persons: tuple[Portrayed, ...] = ()
    merged: frozenset[int] = frozenset()
    """Persons who are others, by people.csv: they need no line of their own."""


@dataclass(frozen=True, slots=True)
class PortrayRecording:
    """Read what is known of the persons of a recording; returns `Portrayals`."""

    source: Source
    folder: Path
    network: str
    """Hash of the network by which faces are recognised today."""
    cast: tuple[Role, ...]
    rank: ClassVar[int] = 0
    weight: ClassVar[float] = 0.0

    def run(self) -> Portrayals:
        from videmo.pipeline.pictures import portraits_of

        results = RecordingResults(self.folder, lambda: self.cast)
        people, rows = checked_people(results), list(results.summary.itertuples())
        described, pictures = self._described(results), portraits_of(results)
        persons = (
            Portrayed(
                int(row.person),
                people.own_names.get(int(row.person), ""),
                float(row.first_s),
                float(row.last_s),
                float(row.seen_s),
                described.get(int(row.person)),
                pictures.get(int(row.person)),
                results.has_page,
            )
            for row in rows
            if int(row.person) not in people.merges  # after a merge, the table is made anew by the next report only
        )
        return Portrayals(tuple(persons), frozenset(people.merges))

    def _described(self, results: RecordingResults) -> dict[int, Described]:
        """Describe the persons; nobody where nothing recognises them, or what another network said of them."""
        from videmo.faces.cohort import cohort_of
        from videmo.persons.describing import COLUMNS, describe_persons

        sights = results.sights()
        if sights is None or sights.network != self.network:
            return {}
        settings = results.manifest.settings
        cohort = None if settings is None else cohort_of(settings.identity)
        return describe_persons(results.observations(COLUMNS), sights, cohort)


@dataclass(frozen=True, slots=True)
class Matched:
    """The result of `match_people`."""

    plan: CastPlan
    cast: Path
    """Location of the file."""
    page: Path
    """Location of the page."""
    added: int
    """Persons who were not in the file yet."""
    kept: int
    """Persons who were: their lines say what they said."""
    unknown: tuple[str, ...] = ()
    """Recordings whose faces can't be recognised, by their keys."""
    failures: tuple[str, ...] = ()
    """An error in words for each recording that can't be read."""
    elsewhere: tuple[str, ...] = ()
    """Recordings that the file names and that have no results here, by their keys; their lines stay."""
    merged: tuple[Role, ...] = ()
    """Lines that are left out: of persons whom people.csv merges into others."""


def match_people(out: Path, *, jobs: int, advanced: Callable[[int, int], None] = lambda done, total: None) -> Matched:
    """Propose who is who over all recordings of a folder, and write it down: the file to edit, and a page to look at.

    What the file says already, stays. Where it names persons of a recording that can't be read now, nothing is written:
    what it says of them could not be checked, nor be kept in its place.

    Args:
        out: a folder of results.
        jobs: recordings to read at a time.
        advanced: receives how many of how many recordings are read.

    Raises:
        ResultsError: there are no results, or none with persons.
        PeopleError: the file contradicts itself or a people.csv, or names a recording that can't be read.
        OutputError: something can't be written.
    """
    folder = ResultsFolder(out)
    recordings = folder.require_finished()
    cast, networks = folder.cast, _networks(recordings)
    tasks = [
        PortrayRecording(
            Source(results.source, results.manifest.key),
            results.folder,
            networks[results.manifest.key],
            cast.of(results.manifest.key),
        )
        for results in recordings
    ]
    gathered = _Gathered(len(tasks), advanced)
    with workers(LocalEngine, jobs, folder, tasks) as engine:
        run_tasks(tasks, gathered.note, engine)
        matched = _matched(gathered, cast, folder, networks)
        gathered.check(cast)
        before = _whose_lines_change(folder, cast, [person.role for person in matched.plan.persons])
        folder.write_cast(matched.plan.text)
        folder.write_who(render_cast(matched.plan)[0])
        for key, people in before.items():
            results = folder.recording(key)
            said = results.manifest.people.carried(people, results.people)
            results.note(replace(results.manifest, people=said))
    return matched


def _whose_lines_change(folder: ResultsFolder, cast: Cast, roles: Sequence[Role]) -> dict[str, People]:
    """Return what is said, before they do, in recordings whose lines in the file change."""
    before = cast.by_person(role.recording for role in roles)
    changed = {role.recording for role in roles if before.get((role.recording, role.person), role) != role}
    return {key: folder.recording(key).people for key in sorted(changed)}


def _networks(recordings: Sequence[RecordingResults]) -> dict[str, str]:
    """Return for each recording the hash of the network that would recognise its faces today."""
    settings = {results.manifest.key: results.manifest.settings for results in recordings}
    found = {each.identity: recognition_identity(each.identity) for each in settings.values() if each is not None}
    return {key: found[each.identity] if each is not None else "" for key, each in settings.items()}


@dataclass(slots=True)
class _Gathered:
    """Collect what was read, by recording."""

    total: int
    advanced: Callable[[int, int], None]
    found: dict[str, Portrayals] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    """An error in words, by recording."""
    _done: int = 0

    def note(self, finished: Finished) -> list[Task]:
        self._done += 1
        self.advanced(self._done, self.total)
        if finished.failure:
            self.failed[finished.task.source.key] = finished.failure
        else:
            self.found[finished.task.source.key] = finished.value
        return []

    @property
    def failures(self) -> tuple[str, ...]:
        """Return the errors, in the order of the recordings."""
        return tuple(self.failed[key] for key in sorted(self.failed))

    def check(self, cast: Cast) -> None:
        """Refuse to write the file anew without what it says of recordings that failed.

        Raises:
            PeopleError: it names persons of one.
        """
        if lost := [self.failed[key] for key in sorted(self.failed) if cast.of(key)]:
            found = f"stays as it is, for it names persons of what cannot be read now: {' '.join(lost)}"
            raise PeopleError(cast.path, found.removesuffix("."), advice="Then match again.")


def _matched(gathered: _Gathered, cast: Cast, folder: ResultsFolder, recordings: Collection[str]) -> Matched:
    """Match whom was read, and put down what the page shows and the file says."""
    known = {(key, each.person): each for key in sorted(gathered.found) for each in gathered.found[key].persons}
    if not known:
        advice = "Analyse recordings in which people can be seen." if not gathered.failures else ""
        raise ResultsError(folder.path, "; ".join(["no persons found", *gathered.failures]), advice=advice)
    said = _with_names(cast.by_person(recordings), known)
    merged = tuple(said.pop((key, person), None) for key, each in gathered.found.items() for person in each.merged)
    Cast(tuple(said.values()), cast.path).check()
    elsewhere = tuple(role for key, role in said.items() if key not in known)
    found = match(
        [_candidate(key, person, said.get(key)) for key, person in known.items()],
        taken={role.participant for role in elsewhere},
    )
    roles = {key: said.get(key, Role(*key, found.participants[key])) for key in known}
    seen = {key: _seen(person, found, key) for key, person in known.items()}
    plan = CastPlan(
        persons=tuple(
            CastPerson(roles[key], each.first_s, each.last_s, each.seen_s, seen[key].sights, seen[key].apart,
                       each.picture, each.page)
            for key, each in known.items()
        ),
        proposed=tuple(found.participants[key] for key in known),
        maybe=found.pairs,
        elsewhere=elsewhere,
        text=cast_text([*roles.values(), *elsewhere], seen, folder.cast_separator),
        separator=folder.cast_separator,
        version=__version__,
    )  # fmt: skip
    return Matched(
        plan,
        folder.cast_file,
        folder.who,
        added=sum(key not in said for key in known),
        kept=sum(key in said for key in known),
        unknown=tuple(
            key
            for key, each in sorted(gathered.found.items())
            if each.persons and all(one.described is None for one in each.persons)
        ),
        failures=gathered.failures,
        elsewhere=cast.elsewhere(recordings),
        merged=tuple(role for role in merged if role is not None),
    )


def _with_names(said: Mapping[Key, Role], known: Mapping[Key, Portrayed]) -> dict[Key, Role]:
    """Let proposals give way to names in people.csv: of whom has one, and of those who were proposed as the same.

    Where two of these have different names, the proposal was wrong: nothing is said any more of the others, who are
    matched anew.
    """
    own = {key: known[key].name for key, role in said.items() if role.proposed and key in known and known[key].name}
    called: dict[str, set[str]] = {}
    for key, name in own.items():
        called.setdefault(said[key].participant, set()).add(name)
    named = {key: replace(role, participant=own[key]) if key in own else role for key, role in said.items()}
    there = {(recording, role.participant) for (recording, _), role in named.items()}
    for key, role in list(named.items()):
        if key in own or not role.proposed or role.participant not in called:  # own names are no proposals
            continue
        name, *others = called[role.participant]
        if others and key in known:
            del named[key]
        elif not others and (key[0], name) not in there:
            named[key] = replace(role, participant=name)
            there.add((key[0], name))
    return named


def _candidate(key: Key, person: Portrayed, said: Role | None) -> Candidate:
    if said is None:
        return Candidate(*key, person.described, person.name or None, confirmed=bool(person.name))
    return Candidate(*key, person.described, said.participant, confirmed=said.confirmed)


def _seen(person: Portrayed, found: Match, key: Key) -> Seen:
    return Seen(
        person.first_s,
        person.last_s,
        person.described.sights if person.described else 0,
        found.apart.get(key),
        found.maybe(found.participants[key]),
    )
