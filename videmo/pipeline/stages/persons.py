"""Find the persons in the observations."""

from __future__ import annotations

import dataclasses
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from videmo.config import fingerprint
from videmo.errors import ResultsError
from videmo.faces.detector import sure_score
from videmo.pipeline.stage import Stage
from videmo.pipeline.update import Update
from videmo.results import names
from videmo.settings import Settings

if TYPE_CHECKING:
    import pandas as pd

    from videmo.persons.linked import Links

_SAID = ("frame", "x", "status", "person", "track")
"""Columns that change if the persons do."""


def _find(update: Update, settings: Settings) -> None:
    """Follow the faces of a recording, and merge persons as its ``people.csv`` says; nothing is written yet.

    The manifest records which persons the file refers to: those that were found when it was first used.

    Raises:
        PeopleError: the file refers to a person who was not found.
    """
    from videmo.persons.merging import merge_persons

    work, observations = update.work, update.open_observations()
    found = fingerprint(work.hashes["observe"], dataclasses.asdict(settings.tracking))
    before = None
    if work.people.anything and update.manifest.linked == found and update.results.has(names.PERSONS):
        with suppress(ResultsError):  # damaged, it is made again
            before = update.results.links()
    linked, links, notes = _linked(update, settings, found)
    merged, warnings = merge_persons(linked, work.people)
    manifest = update.manifest
    content, people = manifest.input.content, manifest.people
    if before is not None and before.tracks != links.tracks:  # by another version
        people = dataclasses.replace(people, found=_OTHERS)
    if not people.content and not update.anew:  # version 0.2.0 and before: it is still the same recording
        people = dataclasses.replace(people, content=content)
    people = people.used(work.people, found, content)
    warnings = (*warnings, *people.doubts(work.people, found, content))
    manifest = dataclasses.replace(manifest, people=people, linked=found)
    update.manifest = manifest.with_note("people", warnings).with_note("persons", notes)
    update.links = links
    update.changed |= not all(merged[name].equals(observations[name]) for name in _SAID)
    update.observations = merged


def _linked(update: Update, settings: Settings, found: str) -> tuple[pd.DataFrame, Links, list[str]]:
    """Return the table with persons, whose tracks are whose, and what is to be said about it."""
    from videmo.faces.cohort import cohort_of
    from videmo.persons.assigning import assign_persons
    from videmo.persons.identifying import identify_persons, links_in, with_links

    observations, sure = update.open_observations(), sure_score(settings.detector)
    recognised = settings.identity.enabled
    # Not `or`: those of a recording in which no face was described are empty, and that is known.
    sights = update.sights if update.sights is not None else update.results.sights()
    sights = sights if recognised else None
    if recognised and sights is None and update.manifest.linked == found and update.results.has(names.PERSONS):
        links = update.results.links()
        return with_links(observations, links), links, list(update.manifest.notes.get("persons", ()))
    followed = assign_persons(observations, settings.tracking, sure)
    if sights is not None:
        cohort = cohort_of(settings.identity)
        return *identify_persons(followed, sights, settings.tracking, sure, cohort), []
    return followed, links_in(followed), [_FORGOTTEN] if recognised else []


_OTHERS: Final = "others"
"""Stands for persons whose tracks were others, instead of a hash of settings."""
_FORGOTTEN: Final = (
    "its faces can't be recognised, as it was analysed by an earlier version or what recognises them was deleted: "
    "who was out of sight for long came back as a new person"
)


PERSONS: Final = Stage(
    name="persons",
    words="",
    version=7,
    needs=("observe",),
    settings=("tracking", "detector", "identity.enabled", "identity.name"),
    run=_find,
    noted_later=True,
    kept_in=(names.PERSONS,),
)
