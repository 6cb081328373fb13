"""Merge settings: single values over a TOML file over the defaults in `settings`."""

from __future__ import annotations

import dataclasses
import difflib
import hashlib
import json
import math
import tomllib
import types
import typing
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from videmo.errors import Given, UsageError
from videmo.settings import KINDS, MOVED, Settings, as_kind, plain_type, setting_of

T = typing.TypeVar("T")


def load_settings(config: Path | None = None, overrides: Mapping[str, Any] | None = None) -> Settings:
    """Merge overrides over a TOML file over the defaults.

    Args:
        config: a TOML file with tables named as the fields of `Settings`.
        overrides: values by dotted name, for example ``{"reading.fps": 5.0}``.

    Raises:
        UsageError: the file can't be read, or a name or value is wrong; the message suggests the nearest name.
    """
    return merge_settings(Settings(), config, overrides)


def is_said(name: str, config: Path | None) -> bool:
    """Tell whether a TOML file of settings says something about one, by its dotted name.

    Raises:
        UsageError: the file can't be read.
    """
    section, _, key = name.partition(".")
    return config is not None and key in _with_present_names(_read_toml(config), str(config)).get(section, {})


def merge_settings(base: Settings, config: Path | None, overrides: Mapping[str, Any] | None) -> Settings:
    """As `load_settings`, over a tree other than the defaults."""
    tree: dict[str, Any] = dataclasses.asdict(base)
    origin = str(config) if config else "settings"
    changes: dict[str, Any] = {}
    for name, value in (overrides or {}).items():
        section, _, key = name.partition(".")
        changes.setdefault(section, {})[key] = value
    for layer in (_read_toml(config) if config else {}, changes):
        for section, values in _with_present_names(layer, origin).items():
            tree.setdefault(section, {}).update(values)
    try:
        return build_record(Settings, tree, "", origin)
    except UsageError as exc:
        if config is None or not isinstance(exc.subject, Given) or exc.subject.name in (overrides or {}):
            raise
        raise UsageError(f"{config}, {exc.subject}", exc.found, exc.expected, exc.advice) from exc


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        tree = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as exc:
        raise UsageError(path, f"cannot be read ({exc.strerror})", advice="Check its name and permissions.") from exc
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as exc:
        raise UsageError(path, f"not a TOML file ({exc})", advice="Correct it, and save it as UTF-8.") from exc
    except RecursionError as exc:
        raise UsageError(path, "values nested too deeply", advice="No setting needs nested lists.") from exc
    for section, values in tree.items():
        if not isinstance(values, Mapping):
            advice = "Put it below a line such as [reading]."
            raise UsageError(path, f"'{section}' is not in a table", advice=advice)
    return tree


def _with_present_names(tree: Mapping[str, Any], origin: str) -> dict[str, Any]:
    """Copy a tree of values, with those that stand under a former name moved to where they belong today."""
    renewed = {name: dict(values) if isinstance(values, Mapping) else values for name, values in tree.items()}
    for old, new in MOVED.items():
        (section, key), (new_section, new_key) = old.split("."), new.split(".")
        values, place = renewed.get(section), renewed.get(new_section, {})
        if not isinstance(values, dict) or key not in values or not isinstance(place, dict):
            continue
        if new_key in place:
            found = f"'{old}' is the former name of '{new}', which is set as well"
            raise UsageError(origin, found, advice=f"Remove '{old}'.")
        renewed[new_section] = {**place, new_key: values.pop(key)}
    return renewed


def settings_from_dict(tree: Mapping[str, Any]) -> Settings:
    """Rebuild settings that were saved with `dataclasses.asdict`."""
    return build_record(Settings, _with_present_names(tree, "saved settings"), "", "saved settings")


def build_record(kind: type[T], tree: Mapping[str, Any], prefix: str, origin: str) -> T:
    """Make a record of settings from plain values, with errors that name the setting and suggest the nearest name.

    Args:
        kind: a dataclass whose fields are settings or such dataclasses.
        tree: values by name.
        prefix: stands before each name in errors, for example ``training.``.
        origin: the file or other source of the values, for errors.

    Raises:
        UsageError: a name is not known, or a value is of the wrong type or not allowed.
    """
    hints, unset = _types(kind), _words_for_none(kind)  # type: ignore[arg-type]  # classes can be hashed
    values: dict[str, Any] = {}
    for key, value in tree.items():
        if key not in hints:
            raise UsageError(origin, f"unknown setting '{prefix}{key}'", advice=_suggest(key, prefix, hints))
        value = None if key in unset and value == unset[key] else value
        values[key] = _convert(hints[key], value, f"{prefix}{key}", origin)
    return kind(**values)


@cache  # of each of some twenty kinds; a folder may hold thousands of saved settings
def _types(kind: type) -> dict[str, Any]:
    """Return the types of a record's fields, by name."""
    hints = typing.get_type_hints(kind)
    return {each.name: hints[each.name] for each in dataclasses.fields(kind)}


@cache
def _words_for_none(kind: type) -> dict[str, str]:
    """Return how None is written for each field of a record for which a word is declared."""
    declared = {each.name: setting_of(each) for each in dataclasses.fields(kind)}
    return {name: found.unset for name, found in declared.items() if found is not None and found.unset_means}


def _suggest(key: str, prefix: str, known: Mapping[str, Any]) -> str:
    near = difflib.get_close_matches(key, known, n=1)
    return f"Did you mean '{prefix}{near[0]}'?" if near else f"Choose from {', '.join(known)}."


def _convert(hint: Any, value: Any, name: str, origin: str) -> Any:
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        if not isinstance(value, Mapping):
            raise UsageError(origin, f"'{name}' is {value!r}", "a table of settings")
        return build_record(hint, value, f"{name}.", origin)
    if isinstance(hint, types.UnionType):
        if value is None:
            return None
        hint = plain_type(hint)
    kind = plain_type(hint)
    converted = as_kind(value, kind)
    if converted is None:
        raise UsageError(origin, f"'{name}' is {value!r}", KINDS[kind])
    if kind is float and math.isinf(converted) and isinstance(value, int):
        raise UsageError(origin, f"'{name}' is too large", KINDS[float])
    return converted


def fingerprint(*parts: Any) -> str:
    """Hash settings, records or plain values, in short: the same values have the same hash on every machine."""
    plain = [dataclasses.asdict(part) if _is_record(part) else part for part in parts]
    text = json.dumps(plain, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _is_record(part: Any) -> bool:
    return dataclasses.is_dataclass(part) and not isinstance(part, type)
