"""Find the networks and cascades that settings name and that are not part of the package: each machine has its own."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

from videmo.errors import UsageError
from videmo.settings import Settings
from videmo.settings.tree import declarations
from videmo.weights.fetch import MODELS, fetched

COHORT_SUFFIX: Final = "-cohort.npy"
"""Of the file with a cohort of faces beside a network that recognises them."""


def named_files(settings: Settings) -> tuple[str, ...]:
    """Return what settings call files: their paths, or the names of networks that were fetched."""
    texts = [str(_value(settings, name)) for name, each in declarations().items() if each.setting.names_file]
    return tuple(dict.fromkeys(text for text in texts if text in MODELS or Path(text).suffix))


def _value(settings: Settings, name: str) -> object:
    section, _, key = name.partition(".")
    return getattr(getattr(settings, section), key)


def digests_of(names: Collection[str], folder: Path) -> dict[str, str]:
    """Hash files, each with the card and the cohort beside it; empty for one that is not there.

    Args:
        names: from `named_files`.
        folder: where relative paths begin.
    """
    return {name: _digest(name, folder) for name in names}


def _digest(name: str, folder: Path) -> str:
    try:
        path = fetched(name) if name in MODELS else folder / name
        digest = hashlib.sha256(path.read_bytes())
    except (OSError, UsageError):
        return ""
    for beside in (path.with_suffix(".json"), path.with_name(f"{path.stem}{COHORT_SUFFIX}")):
        with suppress(OSError):
            digest.update(beside.read_bytes())
    return digest.hexdigest()


def differing(here: Mapping[str, str], there: Mapping[str, str]) -> str:
    """Word the first file that another machine ("there") lacks or has another one of; empty if there is none."""
    for name, digest in here.items():
        found = there.get(name, "")
        if found != digest:
            return f"the network {name} " + ("there is not the one from here" if found else "is not there")
    return ""
