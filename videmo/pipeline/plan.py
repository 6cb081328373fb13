"""Plan the work on a recording: compare the wanted results with the existing ones."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path

from videmo.errors import PeopleError, RecordingError, ResultsError
from videmo.faces.detector import check_detector
from videmo.persons.people import People
from videmo.pipeline.graph import STAGES
from videmo.pipeline.networks import WITH_NETWORKS, expect_networks
from videmo.pipeline.stage import Stage, hashes_of
from videmo.pipeline.stages.page import REPORT
from videmo.pipeline.stages.persons import PERSONS
from videmo.pipeline.work import Work
from videmo.records import Recording, Source
from videmo.results.manifest import VERSION, Manifest
from videmo.results.recording import RecordingResults, folder_of_all
from videmo.settings import Settings
from videmo.store.identity import Match
from videmo.store.places import located, place_of
from videmo.store.recordings import compare, may_exist, reading


def network_hashes(settings: Settings) -> dict[str, str]:
    """Hash the stages that run networks, once per run; fail early on settings that can't work.

    Raises:
        UsageError, WeightsError: the detector or a network that the settings name can't be loaded.
    """
    check_detector(settings.detector)
    hashes = hashes_of(STAGES, settings, {}, {})
    return {name: hashes[name] for name in WITH_NETWORKS if name in hashes}


def plan_analysis(
    source: Source, results: RecordingResults, settings: Settings, networks: Mapping[str, str], *, afresh: bool
) -> Work:
    """Plan everything that is missing for a recording.

    Args:
        source: the file and its key.
        results: of the recording, which need not exist.
        settings: the wanted ones.
        networks: from `network_hashes`.
        afresh: whether to do everything again.

    Raises:
        RecordingError: it can't be analysed, or a network is no longer the one that was hashed.
        PeopleError: its ``people.csv`` can't be read or contradicts itself, or ``cast.csv`` does.
    """
    expect_networks(source.path, settings, networks, WITH_NETWORKS)
    with reading(source.path) as path:
        return _plan_analysis(path, source, results, settings, networks, afresh)


def _plan_analysis(
    path: Path, source: Source, results: RecordingResults, settings: Settings, networks: Mapping[str, str], afresh: bool
) -> Work:
    """Plan the work on a recording that can be read from a path on this machine."""
    from videmo.video.plan import plan_chunks
    from videmo.video.probe import probe

    recording = probe(path, settings.reading.stream, assume_fps=settings.reading.assume_fps)
    hashes = hashes_of(STAGES, settings, networks, {"persons": results.people.identity})
    known = None if afresh else results.known
    match = compare(known.input, source.path) if known is not None else Match.CHANGED
    same = bool(match)
    recording = _upright(recording, settings, known if same else None)
    moved = known is not None and place_of(results.source) != place_of(source.path)
    if known is not None and not same and moved:
        found = f"{results.folder} holds the results of another recording ({known.source})"
        choices = "Choose another folder for the results, name the folder above both recordings"
        raise RecordingError(source.path, found, advice=f"{choices}, or have the results overwritten.")
    due = _due(results, settings, hashes, known if same else None)
    if _shows_faces(results, settings, hashes):
        due.add("tables")  # making them anew removes what shows faces
    damaged = _damaged(results) if same and "tables" not in due else ""
    if damaged:
        due.add("tables")  # the same as before from the same observations: what was made from them stands
        due |= _serving(due, settings)
    if moved and not results.has_video and (settings.report.enabled or results.has(*REPORT.files)):
        due.add("report")  # it shows the recording
    unfinished = not (same and results.finished)
    chunked = any(stage.per_chunk for stage in STAGES if stage.name in due)
    chunks = plan_chunks(recording, chunk_s=settings.reading.chunk_s) if chunked else ()
    return Work(
        source, _for_travel(recording, source), chunks, results.folder, settings, hashes, frozenset(due),
        results.people, unfinished, likely=match is Match.LIKELY, damaged=damaged,
    )  # fmt: skip


def _damaged(results: RecordingResults) -> str:
    """Say what is wrong with the first table that is damaged; empty if none is."""
    try:
        results.check_derived()
    except ResultsError as exc:
        return f"{exc.subject.name if isinstance(exc.subject, Path) else exc.subject} was {exc.found}"
    return ""


def is_up_to_date(source: Source, results: RecordingResults, settings: Settings, networks: Mapping[str, str]) -> bool:
    """Tell whether an analysis of a recording would find nothing to do, without opening the file as a video.

    Args:
        source: the file and its key.
        results: of the recording, which need not exist.
        settings: the wanted ones.
        networks: from `network_hashes`.
    """
    known = results.known
    try:
        if known is None or not results.finished or not compare(known.input, source.path):
            return False
        hashes = hashes_of(STAGES, settings, networks, {"persons": results.people.identity})
    except (RecordingError, PeopleError):
        return False  # who analyses it says why
    return not (_due(results, settings, hashes, known) or _shows_faces(results, settings, hashes))


def _for_travel(recording: Recording, source: Source) -> Recording:
    """Name a recording by its location, and leave out its index, which has served: it can be long."""
    return dataclasses.replace(recording, path=source.path, keyframes=())


def _upright(recording: Recording, settings: Settings, known: Manifest | None) -> Recording:
    """Turn a recording as the settings say; which way is up was found out before if it was analysed like that."""
    from videmo.faces.turning import best_turn
    from videmo.video.turn import turned

    how = settings.reading.rotate
    if how != "auto":
        return recording if how == "none" else turned(recording, int(how))
    if known is not None and known.settings is not None and known.settings.reading == settings.reading:
        return turned(recording, known.recording.turned)
    return turned(recording, best_turn(recording, settings.detector))


def plan_report(results: RecordingResults, settings: Settings, *, plots: bool, report: bool) -> Work:
    """Plan to make anew what follows from the observations, without the recording.

    Raises:
        PeopleError: its ``people.csv`` can't be read.
        ResultsError: it is not known how it was observed.
    """
    manifest, people = results.manifest, results.people
    hashes = hashes_of(STAGES, settings, _observed(results), {"persons": people.identity})
    manifest = _with_video(manifest, settings, hashes, people)
    found = manifest.stages.get("persons") == hashes["persons"] and results.has(*PERSONS.kept_in)
    wanted = {"plots": plots, "report": report, "persons": not found}
    due = {stage.name for stage in _derived() if wanted.get(stage.name, stage.enabled(settings))}
    return _without_recording(results.folder, manifest, settings, hashes, due, people)


def _observed(results: RecordingResults) -> dict[str, str]:
    """Return the hash of observations that are not made anew."""
    if "observe" not in results.manifest.stages:
        advice = "Analyse the recording again."
        raise ResultsError(results.folder, "it is not known how its faces were observed", advice=advice)
    return {"observe": results.manifest.stages["observe"]}


def _with_video(manifest: Manifest, settings: Settings, hashes: Mapping[str, str], people: People) -> Manifest:
    """Take the video of version 0.1.0, whose hashes meant something else, for one of today if nothing was changed."""
    made = manifest.settings
    if manifest.version >= VERSION or made is None or "annotation" not in manifest.stages:
        return manifest
    same = (made.annotation, made.anonymize, made.tracking, made.timeline.max_gap_s) == (
        settings.annotation, settings.anonymize, settings.tracking, settings.timeline.max_gap_s,
    )  # fmt: skip
    if same and manifest.people.said == people.identity:
        return manifest.with_stages(annotation=hashes["annotation"])
    return manifest


def plan_video(results: RecordingResults, settings: Settings, networks: Mapping[str, str]) -> Work:
    """Plan to write the annotated video again, from the tables.

    Args:
        results: of a finished recording.
        settings: the wanted ones.
        networks: from `network_hashes`, for searching for faces to hide.

    Raises:
        RecordingError: it can no longer be read, it changed or is read differently now, or its tables are not what
            they would be today: ``people.csv`` or ``cast.csv`` changed, or another version made them.
        ResultsError: it is not known how it was observed.
    """
    from videmo.video.plan import plan_chunks
    from videmo.video.turn import probed_again

    manifest, people = results.manifest, results.people
    source = Source(results.source, manifest.key)
    if not may_exist(source.path):
        advice = "Put it back, or name the folder that the recordings are in now."
        raise RecordingError(source.path, "the file is gone", advice=advice)
    with reading(source.path) as path:
        recording = probed_again(path, manifest.recording)
        chunks = plan_chunks(recording, chunk_s=settings.reading.chunk_s)
    if not compare(manifest.input, source.path):
        raise RecordingError(source.path, "it changed since it was analysed", advice="Analyse it again.")
    if recording.view != manifest.recording.view:
        found = "an earlier version of videmo analysed it, which saw its pictures or times differently"
        raise RecordingError(source.path, found, advice="Analyse it again.")
    known = {**networks, **_observed(results)}
    hashes = hashes_of(STAGES, settings, known, {"persons": people.identity})
    if manifest.stages.get("tables") != hashes["tables"]:
        found = "people.csv or cast.csv says other names or persons than when its tables were made"
        if manifest.people.said == people.identity:
            found = "its tables were made by another version of videmo"
        raise RecordingError(source.path, found, advice="Run 'videmo report' first.")
    due = {"annotation"}
    if results.has(*REPORT.files) or settings.report.enabled:
        due.add("report")
    due |= _serving(due, settings)
    travelling = _for_travel(recording, source)
    return Work(source, travelling, chunks, results.folder, settings, hashes, frozenset(due), people)


def _without_recording(
    folder: Path, manifest: Manifest, settings: Settings, hashes: Mapping[str, str], due: set[str], people: People
) -> Work:
    source = Source(located(manifest.source, folder_of_all(folder, manifest.key)), manifest.key)
    recording = _for_travel(manifest.recording, source)
    return Work(source, recording, (), folder, settings, hashes, frozenset(due), people, manifest=manifest)


def plan_live(folder: Path, manifest: Manifest, settings: Settings, people: People) -> Work:
    """Plan to make the tables, plots and page of a recorded session from its observations."""
    hashes = hashes_of(STAGES, settings, {"observe": manifest.stages["observe"]}, {"persons": people.identity})
    due = {stage.name for stage in _derived() if stage.enabled(settings)}
    return _without_recording(folder, manifest, settings, hashes, due, people)


def _derived() -> list[Stage]:
    """List the stages that follow from the observations alone, without another look at the frames."""
    known, found = {"observe"}, []
    for stage in STAGES:
        if stage.per_chunk is None and known.issuperset(stage.needs):
            known.add(stage.name)
            found += [stage] if stage.lasting else []
    return found


def _due(results: RecordingResults, settings: Settings, hashes: Mapping[str, str], known: Manifest | None) -> set[str]:
    """Find the stages whose output is missing, was made with something else, or depends on one that is due."""
    done = known.stages if known is not None else {}
    due: set[str] = set()
    for stage in STAGES:
        if stage.name not in hashes or not stage.lasting:
            continue
        stands = done.get(stage.name) == hashes[stage.name] and results.has(*stage.files, *stage.kept_in)
        if stage.enabled(settings) and (not stands or due & set(stage.needs)):
            due.add(stage.name)
    if "annotation" in due and (settings.report.enabled or results.has(*REPORT.files)):
        due.add("report")  # it shows the video
    return due | _serving(due, settings)


def _serving(due: set[str], settings: Settings) -> set[str]:
    """Find the stages without files that are needed by one that is due."""
    serving = {stage.name: stage for stage in STAGES if not stage.lasting}
    found: set[str] = set()
    waiting = [need for stage in STAGES if stage.name in due for need in stage.needs]
    while waiting:
        name = waiting.pop()
        if name in serving and name not in found and serving[name].applies(settings):
            found.add(name)
            waiting += serving[name].needs
    return found


def _shows_faces(results: RecordingResults, settings: Settings, hashes: Mapping[str, str]) -> list[str]:
    """List the stages that are not wanted now and whose earlier output shows faces that should be hidden."""
    done = results.known.stages if results.known is not None else {}
    return [
        stage.name
        for stage in STAGES
        if settings.anonymize.hides_faces and stage.name in ("annotation", "report") and not stage.enabled(settings)
        if done.get(stage.name) != hashes[stage.name] and results.has(*stage.files)
    ]
