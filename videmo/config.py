"""Where settings come from: the command line, else ``--config file.toml``, else the defaults in `settings`."""

from __future__ import annotations

import dataclasses
import difflib
import hashlib
import json
import tomllib
import types
import typing
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from videmo.errors import UsageError
from videmo.settings import Settings

T = typing.TypeVar("T")
NOTHING = {"reading.fps": "all", "classifier.prior_power": "shipped"}
"""How None is written in a file for a setting that may be None; "auto" for all others."""


def load_settings(config: Path | None = None, overrides: Mapping[str, Any] | None = None) -> Settings:
    """Merge overrides over a TOML file over the defaults.

    Args:
        config: a TOML file with tables named as the fields of `Settings`.
        overrides: values by dotted name, for example ``{"reading.fps": 5.0}``.

    Raises:
        UsageError: the file can't be read, or a name or value is wrong; the message suggests the nearest name.
    """
    return merge_settings(Settings(), config, overrides)


def merge_settings(base: Settings, config: Path | None, overrides: Mapping[str, Any] | None) -> Settings:
    """As `load_settings`, over a tree other than the defaults."""
    tree: dict[str, Any] = dataclasses.asdict(base)
    for section, values in (_read_toml(config) if config else {}).items():
        if not isinstance(values, Mapping):
            raise UsageError(f"{config}: '{section}' is not in a table. Write it below a line like [reading].")
        tree.setdefault(section, {}).update(values)
    for name, value in (overrides or {}).items():
        section, _, key = name.partition(".")
        tree.setdefault(section, {})[key] = value
    return build_record(Settings, tree, "", str(config) if config else "settings")


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as exc:
        raise UsageError(f"{path}: cannot be read ({exc.strerror}).") from exc
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as exc:
        raise UsageError(f"{path}: not a TOML file ({exc}).") from exc


def settings_from_dict(tree: Mapping[str, Any]) -> Settings:
    """Rebuild settings that were saved with `dataclasses.asdict`."""
    return build_record(Settings, dict(tree), "", "saved settings")


def build_record(kind: type[T], tree: Mapping[str, Any], prefix: str, origin: str) -> T:
    """Make a record of settings from plain values, with errors that name the setting and suggest the nearest name.

    Args:
        kind: a dataclass whose fields are settings or such dataclasses.
        tree: values by name.
        prefix: stands before each name in errors, for example ``training.``.
        origin: what the values come from, for errors.
    """
    hints = typing.get_type_hints(kind)
    values: dict[str, Any] = {}
    for key, value in tree.items():
        if key not in hints:
            raise UsageError(f"{origin}: unknown setting '{prefix}{key}'.{_suggest(key, prefix, hints)}")
        values[key] = _convert(hints[key], value, f"{prefix}{key}", origin)
    return kind(**values)


def _suggest(key: str, prefix: str, known: Mapping[str, Any]) -> str:
    near = difflib.get_close_matches(key, known, n=1)
    return f" Did you mean '{prefix}{near[0]}'?" if near else f" Known here: {', '.join(known)}."


def _convert(hint: Any, value: Any, name: str, origin: str) -> Any:
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        if not isinstance(value, Mapping):
            raise UsageError(f"{origin}: '{name}' is a table of settings, found {value!r}.")
        return build_record(hint, value, f"{name}.", origin)
    if isinstance(hint, types.UnionType):
        if value is None or value == NOTHING.get(name, "auto"):
            return None
        hint = next(kind for kind in typing.get_args(hint) if kind is not types.NoneType)
    if typing.get_origin(hint) is tuple:  # of texts: there is no other kind
        if not isinstance(value, list | tuple) or not all(isinstance(item, str) for item in value):
            raise UsageError(f"{origin}: '{name}' should be a list of texts, found {value!r}.")
        return tuple(value)
    if hint is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if not isinstance(value, hint) or (isinstance(value, bool) and hint is not bool):
        raise UsageError(f"{origin}: '{name}' should be {_words(hint)}, found {value!r}.")
    return value


def _words(hint: type) -> str:
    return {float: "a number", int: "a whole number", bool: "true or false", str: "a text"}[hint]


def fingerprint(*parts: Any) -> str:
    """A short, stable hash of settings, records or plain values: equal inputs give equal names on every machine."""
    plain = [dataclasses.asdict(part) if _is_record(part) else part for part in parts]
    text = json.dumps(plain, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _is_record(part: Any) -> bool:
    return dataclasses.is_dataclass(part) and not isinstance(part, type)
