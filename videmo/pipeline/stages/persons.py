"""Find the persons in the observations."""

from __future__ import annotations

import dataclasses
from typing import Final

from videmo.config import fingerprint
from videmo.faces.detector import sure_score
from videmo.pipeline.stage import Stage
from videmo.pipeline.update import Update
from videmo.results.manifest import PeopleSaid
from videmo.settings import Settings

_SAID = ("frame", "x", "status", "person", "track")
"""Columns that change if the persons do."""


def _find(update: Update, settings: Settings) -> None:
    """Follow the faces of a recording, and merge persons as its ``people.csv`` says; nothing is written yet.

    The manifest records which persons the file refers to: those that were found when it was first used.

    Raises:
        PeopleError: the file refers to a person who was not found.
    """
    from videmo.persons.assigning import assign_persons
    from videmo.persons.merging import merge_persons

    work, observations = update.work, update.open_observations()
    followed = assign_persons(observations, settings.tracking, sure_score(settings.detector))
    merged, warnings = merge_persons(followed, work.people)
    said, found = work.people.identity, fingerprint(work.hashes["observe"], dataclasses.asdict(settings.tracking))
    manifest = update.manifest
    if manifest.people.said != said:
        manifest = dataclasses.replace(manifest, people=PeopleSaid(said, found))
    if said and manifest.people.found != found:
        warnings = (*warnings, "people.csv was written for persons found with other settings: check its numbers")
    update.manifest = manifest.with_note("people", warnings)
    update.changed |= not all(merged[name].equals(observations[name]) for name in _SAID)
    update.observations = merged


PERSONS: Final = Stage(
    name="persons",
    words="",
    needs=("observe",),
    settings=("tracking", "detector"),
    run=_find,
    noted_later=True,
)
