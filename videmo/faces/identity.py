"""Hash what landmarks depend on, without running a network."""

from __future__ import annotations

from typing import Final

from videmo.settings import LandmarkSettings
from videmo.weights import load_weights

KIND: Final = "landmarks"
"""The kind of the networks that find landmarks."""


def landmarks_identity(settings: LandmarkSettings) -> str:
    """Return what results depend on besides the settings: the hash of the network's file.

    Raises:
        UsageError: there is no such network.
        WeightsError: it is damaged.
    """
    return load_weights(settings.name, KIND).sha256
