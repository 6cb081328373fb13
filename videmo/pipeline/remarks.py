"""Find what is odd about the recordings of a folder taken together: copies of each other, different settings."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from videmo.pipeline.graph import sections_of
from videmo.pipeline.stages.observation import OBSERVE
from videmo.pipeline.stages.persons import PERSONS
from videmo.pipeline.stages.tables import TABLES
from videmo.results.manifest import Manifest
from videmo.settings.differing import unequal
from videmo.spreadsheet import csv_safe
from videmo.terminal import some

_ALL: Final = tuple(name for name in sections_of(OBSERVE, PERSONS, TABLES) if name != "tables")
"""Sections of the settings that the content of tables depends on, not their style."""
_DERIVING: Final = tuple(name for name in _ALL if name not in sections_of(OBSERVE))
"""Those that observations don't depend on."""


@dataclass(frozen=True, slots=True)
class Remarks:
    """Tell what is odd about some recordings, by their keys."""

    twins: Mapping[str, Sequence[str]]
    """For each recording with the content of others those others."""
    settings: Mapping[str, str]
    """Settings of each recording that are not the same in all, with its values; empty where all are."""
    mixed: Mapping[str, Sequence[str]]
    """These settings by name, with all values."""

    def warnings(self, key: str) -> list[str]:
        """Say what is odd about a recording beside others."""
        others = self.twins.get(key, ())
        return [f"the same content as {some([csv_safe(other) for other in others])}"] if others else []

    def notes(self) -> list[str]:
        """Say in sentences what is odd about the folder."""
        found = []
        if self.mixed:
            values = "; ".join(f"{name}: {', '.join(values)}" for name, values in self.mixed.items())
            what = f"Not all recordings here were analysed with the same settings ({values})"
            found.append(f"{what}: see the column settings of recordings.csv.")
        if self.twins:
            groups = sorted({tuple(sorted([one, *others])) for one, others in self.twins.items()})
            copies = len(self.twins) - len(groups)
            count = "1 recording is a copy of another" if copies == 1 else f"{copies:,} recordings are copies of others"
            found.append(f"{count}: the same are {some([' and '.join(group) for group in groups])}.")
        return found


def remarks_on(manifests: Sequence[Manifest]) -> Remarks:
    """Compare the finished recordings of a folder."""
    analysed = [each for each in manifests if each.live is None and each.settings is not None]
    alike = len({each.stages.get("observe") for each in analysed}) <= 1  # networks may have several names
    differing = unequal([each.settings for each in analysed if each.settings is not None], _DERIVING if alike else _ALL)
    versions = _versions(analysed)
    if versions:
        differing["observation"] = [versions.get(each.key, "") for each in analysed]
    texts = {
        each.key: "; ".join(f"{name} = {values[place]}" for name, values in differing.items() if values[place])
        for place, each in enumerate(analysed)
    }
    mixed = {name: list(dict.fromkeys(filter(None, values))) for name, values in differing.items()}
    return Remarks(_twins(manifests), texts if differing else {}, mixed)


def _versions(manifests: Iterable[Manifest]) -> dict[str, str]:
    """Name by which version each recording was observed, where several observed with the same settings; else nothing.

    What observes is told by the hash of the first stage: it also depends on networks and on the version of the stage.
    """
    found: dict[object, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for each in manifests:
        if each.settings is not None:
            chosen = tuple(getattr(each.settings, section) for section in sections_of(OBSERVE))
            found[chosen][each.stages.get("observe", "")].append(each.key)
    return {
        key: f"version {made[:8]}"
        for hashes in found.values()
        if len(hashes) > 1
        for made, keys in hashes.items()
        for key in keys
    }


def _twins(manifests: Iterable[Manifest]) -> dict[str, list[str]]:
    by_content: dict[tuple[int, str], list[str]] = defaultdict(list)
    for each in manifests:
        content = each.input.content
        if content:
            by_content[each.input.size_bytes, content].append(each.key)
    return {
        key: [other for other in keys if other != key] for keys in by_content.values() if len(keys) > 1 for key in keys
    }
