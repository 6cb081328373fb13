"""Make sure that networks are still those with which work was planned."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from videmo.errors import RecordingError
from videmo.pipeline.graph import STAGES
from videmo.pipeline.stage import hashes_of
from videmo.settings import Settings
from videmo.weights.named import named_files

WITH_NETWORKS: Final = ("search", "observe")
"""Stages that run networks: their hashes are the same for all recordings of a run, and costly."""


def expect_networks(source: Path, settings: Settings, hashes: Mapping[str, str], stages: Iterable[str]) -> None:
    """Refuse to go on with other networks than those that were hashed when a run began.

    A file may be replaced while a run goes on, or be another one on another machine. What ships with videmo is not
    looked at: it is loaded anew with nothing but a new installation.

    Args:
        source: the recording that is worked on.
        settings: of the run, which name the networks.
        hashes: of the stages, as planned.
        stages: about to be run, of any kind.

    Raises:
        RecordingError: a network is another one now.
        UsageError, WeightsError: it can't be loaded any more.
    """
    files = named_files(settings)
    for stage in STAGES if files else ():
        if stage.name not in WITH_NETWORKS or stage.name not in hashes or stage.name not in stages:
            continue
        if hashes_of((stage,), settings, {}, {}).get(stage.name) != hashes[stage.name]:
            found = f"{' or '.join(files)} was replaced since the run began, or is another file on this machine"
            raise RecordingError(source, found, advice="Run it again, with the same file for the whole run.")
