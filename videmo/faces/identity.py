"""Hash what landmarks and recognised faces depend on, without running a network."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Final

from videmo.config import fingerprint
from videmo.settings import IdentitySettings, LandmarkSettings
from videmo.weights import FOLDER, current_name, load_weights, shipped
from videmo.weights.named import COHORT_SUFFIX

LANDMARK_KIND: Final = "landmarks"
"""The kind of the networks that find landmarks."""
IDENTITY_KIND: Final = "identity"
"""The kind of the networks that recognise faces."""


def landmarks_identity(settings: LandmarkSettings) -> str:
    """Return what results depend on besides the settings: the hash of the network's file.

    Raises:
        UsageError: there is no such network.
        WeightsError: it is damaged.
    """
    return load_weights(settings.name, LANDMARK_KIND).sha256


def recognition_identity(settings: IdentitySettings) -> str:
    """Return the hash of the network's file, and of the cohort beside one of one's own; empty if none is at work.

    Raises:
        UsageError: there is no such network.
        WeightsError: it is damaged.
    """
    if not settings.enabled:
        return ""
    network, cohort = load_weights(settings.name, IDENTITY_KIND).sha256, cohort_path(settings.name)
    if current_name(settings.name) in shipped(IDENTITY_KIND) or not cohort.is_file():
        return network
    return fingerprint(network, hashlib.sha256(cohort.read_bytes()).hexdigest())


def cohort_path(name: str) -> Path:
    """Return the path of the file with the cohort of a network, see `cohort`, which need not be there.

    Args:
        name: of a shipped network, or the path of the file of another one.
    """
    network = FOLDER / name if name in shipped(IDENTITY_KIND) else Path(name).with_suffix("")
    return network.with_name(f"{network.name}{COHORT_SUFFIX}")
