"""Define what a stage is, and what follows from its declaration: its hash, and the settings that it may read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from videmo.config import fingerprint
from videmo.pipeline.update import Update
from videmo.pipeline.work import Work
from videmo.records import Chunk
from videmo.settings import Settings, shaping


def _always(settings: Settings) -> bool:
    return True


def _nothing(settings: Settings) -> tuple[object, ...]:
    return ()


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage of the work on a recording.

    A stage that is due runs `per_chunk` for each chunk, side by side, and then `run` once. Its output is complete or
    not there at all.
    """

    name: str
    words: str
    """For the user, as in "would do: tables, plots"; empty for a stage that only serves others."""
    needs: tuple[str, ...] = ()
    """Stages that come before; their hashes flow into this one's."""
    settings: tuple[str, ...] = ()
    """The settings that it may read: sections, hashed whole, or single settings of other stages' sections."""
    files: tuple[str, ...] = ()
    """Its files in the recording's folder. A stage without files is due when one that needs it is."""
    beside: tuple[str, ...] = ()
    """Other files that it may write; they are removed with `files`."""
    run: Callable[[Update, Settings], None] | None = None
    per_chunk: Callable[[Work, Chunk, Settings], int] | None = None
    """Returns the number of frames; 0 where an earlier run had done it."""
    version: int = 1
    """Increase this when earlier output should be made anew."""
    depends: Callable[[Settings], tuple[object, ...]] = _nothing
    """What its output depends on besides settings, for example the hash of a network."""
    applies: Callable[[Settings], bool] = _always
    """Returns whether there is such a stage with these settings at all."""
    enabled: Callable[[Settings], bool] = _always
    """Returns whether the user wants its output."""
    noted_later: bool = False
    """True if the next stage writes the output of this one, at once: it is noted as done only then."""
    kept_in: tuple[str, ...] = ()
    """Files of the next stage that only this one knows the content of: where one is missing, this one is due."""

    @property
    def lasting(self) -> bool:
        """True if what it makes stays; False if it only serves another stage, while that is at work."""
        return bool(self.files) or self.noted_later


def hashes_of(
    stages: Sequence[Stage], settings: Settings, known: Mapping[str, str], extra: Mapping[str, str]
) -> dict[str, str]:
    """Hash all that each stage's output depends on.

    Args:
        stages: in an order in which each follows those that it needs.
        settings: the whole tree.
        known: hashes that are taken as they are, for example of an observation that can't be made again.
        extra: what else a stage depends on, by its name; an empty text changes nothing.
    """
    found = dict(known)
    for stage in stages:
        if stage.name in found or not stage.applies(settings):
            continue
        behind = [found[name] for name in stage.needs if name in found]
        shapes = {name: _shape(settings, name) for name in stage.settings}
        more = [extra[stage.name]] if extra.get(stage.name) else []
        found[stage.name] = fingerprint(stage.version, behind, shapes, stage.depends(settings), more)
    return found


def _shape(settings: Settings, name: str) -> object:
    section, _, single = name.partition(".")
    record = getattr(settings, section)
    return getattr(record, single) if single else shaping(record)


def visible(stages: Sequence[Stage], stage: Stage, settings: Settings) -> Settings:
    """Show a stage the settings that it or a stage that it needs declares, and no others.

    So what a stage reads is in its hash: reading a setting that isn't declared is an error.
    """
    by_name = {each.name: each for each in stages}
    names: set[str] = set()
    waiting = [stage.name]
    while waiting:
        each = by_name[waiting.pop()]
        if each.applies(settings):
            names |= set(each.settings)
            waiting += each.needs
    return cast(Settings, _Visible(settings, names, stage.name, "settings"))


class _Visible:
    """A part of a tree or section of settings."""

    def __init__(self, whole: Any, names: Iterable[str], reader: str, called: str) -> None:
        self._whole, self._names, self._reader, self._called = whole, frozenset(names), reader, called

    def __getattr__(self, name: str) -> Any:
        if name in self._names:
            return getattr(self._whole, name)
        inner = [each.removeprefix(f"{name}.") for each in self._names if each.startswith(f"{name}.")]
        if inner:
            return _Visible(getattr(self._whole, name), inner, self._reader, f"{self._called}.{name}")
        raise AttributeError(f"stage {self._reader!r} reads {self._called}.{name} without declaring it")
