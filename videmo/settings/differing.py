"""Say in words which settings differ from others."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from videmo.settings.declare import Declared
from videmo.settings.tree import Settings, declarations


@dataclass(frozen=True, slots=True)
class Change:
    """A setting that differs."""

    name: str
    """Dotted."""
    before: str
    """Its value in words."""
    now: str

    def __str__(self) -> str:
        return f"{self.name}: {self.before} → {self.now}"


def changes(before: Settings, now: Settings, sections: Iterable[str]) -> tuple[Change, ...]:
    """List the settings of some sections that differ and that results depend on, in the order of the tree."""
    return _changes(before, now, _shaping(sections))


def all_changes(before: Settings, now: Settings) -> tuple[Change, ...]:
    """List all settings that differ, those as well that only say what is written, in the order of the tree."""
    return _changes(before, now, declarations().values())


def _changes(before: Settings, now: Settings, declared: Iterable[Declared]) -> tuple[Change, ...]:
    return tuple(
        Change(each.name, in_words(each, _value(before, each)), in_words(each, _value(now, each)))
        for each in declared
        if _value(before, each) != _value(now, each)
    )


def unequal(settings: Sequence[Settings], sections: Iterable[str]) -> dict[str, list[str]]:
    """Return the settings of some sections that are not the same in all trees: the value in each, in words, by name."""
    found = {}
    for each in _shaping(sections):
        values = [_value(tree, each) for tree in settings]
        if any(value != values[0] for value in values):
            found[each.name] = [in_words(each, value) for value in values]
    return found


def in_words(setting: Declared, value: Any) -> str:
    """Word a value of a setting."""
    if value is None:
        return setting.setting.unset_means.replace("`", "'").replace(";", ",")
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return ", ".join(value) or "none"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _shaping(sections: Iterable[str]) -> list[Declared]:
    wanted = set(sections)
    every: Mapping[str, Declared] = declarations()
    return [each for each in every.values() if each.section in wanted and not each.setting.neutral]


def _value(settings: Settings, setting: Declared) -> Any:
    return getattr(getattr(settings, setting.section), setting.key)
