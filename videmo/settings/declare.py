"""Declare settings: default, sentence, unit and range once. Checks, files, options and docs come from that."""

from __future__ import annotations

import dataclasses
import math
import numbers
import os
import types
import typing
from dataclasses import dataclass
from typing import Any, ClassVar, Final, TypeVar

from videmo.errors import Given, UsageError

T = TypeVar("T")
_KEY = "setting"


@dataclass(frozen=True, slots=True)
class Range:
    """Bound a number. The bounds belong to the range unless they are declared open."""

    low: float
    high: float = math.inf
    low_open: bool = False
    high_open: bool = False

    def __contains__(self, value: float) -> bool:
        above = value > self.low if self.low_open else value >= self.low
        below = value < self.high if self.high_open else value <= self.high
        return above and below and math.isfinite(value)

    def worded(self, limit: str = "") -> str:
        """Say the range in words; ``limit`` names the setting that bounds it, in place of the highest value."""
        high = limit or (f"{self.high:g}" if self.high < MANY else f"{self.high:,.0f}")
        if not limit and math.isinf(self.high):
            return f"{'above' if self.low_open else 'at least'} {self.low:g}"
        if self.low_open or self.high_open:
            low_word, high_word = "above" if self.low_open else "at least", "below" if self.high_open else "at most"
            return f"{low_word} {self.low:g}, {high_word} {high}"
        return f"{self.low:g} to {high}"


KINDS: Final[dict[type, str]] = {
    float: "a number",
    int: "a whole number",
    bool: "true or false",
    str: "a text",
    tuple: "a list of texts",
}
"""The kinds of values that settings have, in words."""
MANY: Final = 100_000
"""From here on, numbers are written with commas instead of powers of ten."""
SHARE: Final = Range(0, 1)
"""Of a whole."""


@dataclass(frozen=True, slots=True)
class Setting:
    """Hold what is declared about one setting, except its name, type and default: these are the field's own."""

    sentence: str
    """For the docs: whole sentences, with names of values between backticks."""
    brief: str = ""
    """For the command line, where the sentence is too long for it."""
    unit: str = ""
    """In words that follow a number: ``seconds``."""
    within: Range | None = None
    at_most: str = ""
    """Name of the setting of the same section that this one may not exceed."""
    choices: tuple[str, ...] = ()
    """The only texts that are allowed: as the value, or in it where it is a list."""
    unset: str = "auto"
    """How None is written in files and on the command line."""
    unset_means: str = ""
    """What None stands for; empty where a setting can't be None."""
    neutral: bool = False
    """Whether results have the same content whatever this says."""
    names_file: bool = False
    """Whether it may be the path of a file, whose content then counts too."""
    note: str = ""
    """For the docs: a paragraph below the section's table."""

    def refused(self, value: Any, record: object) -> bool:
        """Tell whether a value of the right type is not allowed beside the others in its record."""
        if value is None:
            return not self.unset_means
        if self.choices:
            return any(each not in self.choices for each in (value if isinstance(value, tuple) else (value,)))
        if self.within is not None and value not in self.within:
            return True
        return bool(self.at_most) and value > getattr(record, self.at_most)


@dataclass(frozen=True, slots=True)
class Declared:
    """Describe one setting of the tree: what is declared, with the field's name, type and default."""

    section: str
    key: str
    kind: type
    """float, int, bool, str, or tuple for a list of texts."""
    default: Any
    setting: Setting

    @property
    def name(self) -> str:
        """Return the dotted name."""
        return f"{self.section}.{self.key}"

    @property
    def expected(self) -> str:
        """Say which values are allowed; empty where any of the type is."""
        setting = self.setting
        if setting.choices:
            return f"{'any' if self.kind is tuple else 'one'} of {', '.join(setting.choices)}"
        words = ""
        if setting.within is not None:
            limit = f"{self.section}.{setting.at_most}" if setting.at_most else ""
            words = f"{setting.within.worded(limit)} {setting.unit}".rstrip()
        return f"{words}, or '{setting.unset}'" if setting.unset_means and words else words


def setting(
    default: T,
    sentence: str,
    *,
    brief: str = "",
    unit: str = "",
    within: Range | None = None,
    at_most: str = "",
    choices: tuple[str, ...] = (),
    unset: str = "auto",
    unset_means: str = "",
    neutral: bool = False,
    names_file: bool = False,
    note: str = "",
) -> T:
    """Declare a setting as a field of a `Section`; the arguments are those of `Setting`."""
    if (default is None) != bool(unset_means):
        raise TypeError(f"{sentence!r}: a setting that may be None has the default None and says what that means.")
    declared = Setting(
        sentence=sentence,
        brief=brief,
        unit=unit,
        within=within,
        at_most=at_most,
        choices=choices,
        unset=unset,
        unset_means=unset_means,
        neutral=neutral,
        names_file=names_file,
        note=note,
    )
    return dataclasses.field(default=default, metadata={_KEY: declared})


@dataclass(frozen=True, slots=True)
class Section:
    """Check the settings of one section of the tree when a record of them is made.

    Subclasses are frozen dataclasses whose fields are made by `setting`.
    """

    section: ClassVar[str]
    """The field of `Settings` that holds it, and the table in a file."""

    def __post_init__(self) -> None:
        declared = declared_in(type(self))
        for field, each in declared.items():
            if (value := getattr(self, field)) is not None:
                object.__setattr__(self, field, _of_kind(value, each))  # as a file would give it
        for field, each in declared.items():
            value, choices = getattr(self, field), each.setting.choices
            if not each.setting.refused(value, self):
                continue
            if isinstance(value, tuple):
                value = [item for item in value if item not in choices]
            found = "no value" if value is None else "unknown value" if choices else "out of range"
            raise UsageError(Given(each.name, value), found, each.expected)


def _of_kind(value: object, declared: Declared) -> Any:
    """Return a value as the kind that is declared.

    Raises:
        UsageError: it is of another kind.
    """
    converted = as_kind(value, declared.kind)
    if converted is None:
        named = declared.setting.unset if isinstance(value, str) and declared.setting.unset_means else ""
        advice = f"In Python, None stands for '{named}'." if named else ""
        expected = declared.expected or KINDS[declared.kind]
        raise UsageError(Given(declared.name, value), _called(value, declared.kind), expected, advice)
    return converted


def as_kind(value: object, kind: type) -> Any:
    """Return a value as the kind of a setting, as files hold it: 5 is 5.0 for a float; None if it is of another kind.

    Numbers may be numpy's, too; a list may be one for a tuple of texts, and a path for a text.
    """
    if kind is bool:
        return value if isinstance(value, bool) else None
    if kind is str:
        return os.fspath(value) if isinstance(value, str | os.PathLike) else None
    if kind is tuple:
        is_list = isinstance(value, list | tuple) and all(isinstance(each, str) for each in value)
        return tuple(value) if is_list else None  # type: ignore[arg-type]
    if isinstance(value, bool) or not isinstance(value, numbers.Integral if kind is int else numbers.Real):
        return None
    try:
        return kind(value)
    except OverflowError:  # more than a float holds
        return -math.inf if value < 0 else math.inf


def _called(value: object, wanted: type) -> str:
    """Say what a value is that is not of the kind that is wanted."""
    if isinstance(value, numbers.Real) and not isinstance(value, bool):
        return "a number with a fraction" if wanted is int else "a number"
    kinds: dict[type, str] = {bool: KINDS[bool], str: "a text", list: "a list", tuple: "a list", bytes: "bytes"}
    return next((words for kind, words in kinds.items() if isinstance(value, kind)), f"a {type(value).__name__}")


def declared_in(kind: type[Section]) -> dict[str, Declared]:
    """Return what is declared in a section, by field."""
    if kind not in _declared:  # a folder may hold thousands of saved settings
        hints = typing.get_type_hints(kind)
        _declared[kind] = {
            field.name: Declared(kind.section, field.name, plain_type(hints[field.name]), field.default, found)
            for field in dataclasses.fields(kind)
            if (found := setting_of(field)) is not None
        }
    return _declared[kind]


_declared: dict[type[Section], dict[str, Declared]] = {}


def setting_of(field: dataclasses.Field[Any]) -> Setting | None:
    """Return what is declared about a field; None where nothing is."""
    return field.metadata.get(_KEY)


def plain_type(hint: Any) -> Any:
    """Reduce a type hint to a class: ``float | None`` to float, ``tuple[str, ...]`` to tuple."""
    if isinstance(hint, types.UnionType):
        hint = next(kind for kind in typing.get_args(hint) if kind is not types.NoneType)
    return typing.get_origin(hint) or hint


def shaping(record: Any) -> dict[str, Any]:
    """Return the values that the content of results depends on: all of a record's fields but those declared neutral.

    Args:
        record: a section, a whole tree, or any other dataclass; records in it are taken apart likewise.
    """
    values = {}
    for field in dataclasses.fields(record):
        declared, value = setting_of(field), getattr(record, field.name)
        if declared is None or not declared.neutral:
            values[field.name] = shaping(value) if dataclasses.is_dataclass(value) else value
    return values
