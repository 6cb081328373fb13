"""Hash what landmarks and recognised faces depend on, without running a network."""

from __future__ import annotations

from typing import Final

from videmo.settings import IdentitySettings, LandmarkSettings
from videmo.weights import load_weights

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
    """Return the hash of the network's file; empty if faces are not recognised.

    Raises:
        UsageError: there is no such network.
        WeightsError: it is damaged.
    """
    return load_weights(settings.name, IDENTITY_KIND).sha256 if settings.enabled else ""
