"""Word what all commands have in common: what kind of value an option takes, and that a flag takes none."""

from __future__ import annotations

import inspect
import itertools
import os
import typing
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import typer
from typer.core import TyperCommand, TyperGroup

from videmo.errors import UsageError

_KINDS: Final = {Path: "PATH", int: "NUMBER", float: "NUMBER"}
_ANSWERS: Final = frozenset({"true", "false", "yes", "no", "on", "off"})
"""What people write after a flag that takes no value. Not 1 and 0, which are cameras."""


class Command(TyperCommand):
    """A command whose help says what values are as people do."""

    def get_params(self, ctx: Any) -> Any:
        """List the parameters, worded."""
        return _worded(super().get_params(ctx), self.callback)

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the command line.

        Raises:
            UsageError: a yes or no follows a flag.
        """
        _refuse_answers(args, self.get_params(ctx))
        return super().parse_args(ctx, args)


class Group(TyperGroup):
    """A group of commands with such a help."""

    def get_params(self, ctx: Any) -> Any:
        """List the parameters, worded."""
        return _worded(super().get_params(ctx), self.callback)


def word_commands(app: typer.Typer) -> None:
    """Have all commands of an application, and of the groups in it, speak like that."""
    for command in app.registered_commands:
        command.cls = Command
    for group in app.registered_groups:
        group.cls = Group
        if group.typer_instance is not None:
            word_commands(group.typer_instance)


def _worded(params: Sequence[Any], callback: Callable[..., Any] | None) -> Sequence[Any]:
    hints = typing.get_type_hints(inspect.unwrap(callback)) if callback else {}
    for param in params:
        if param.param_type_name == "argument":
            param.display_type_rich = _nothing  # its name says it
        elif getattr(param, "is_flag", False):
            param.metavar = ""
        elif param.metavar is None:
            param.metavar = _KINDS.get(_plain(hints.get(param.name)), "TEXT")
        if hasattr(param, "_get_number_range_help_str"):
            param._get_number_range_help_str = lambda least=param.min, most=param.max: _range(least, most)
    return params


def _nothing(ctx: Any) -> None:
    """Say nothing of the type."""


def _plain(hint: Any) -> Any:
    """Return the type of one value: of ``Path | None`` and ``list[Path]`` it is Path."""
    while inner := [each for each in typing.get_args(hint) if each is not type(None)]:
        hint = inner[0]
    return hint


def _range(least: float | None, most: float | None) -> str | None:
    if least is None or most is None:
        return f"at least {least}" if least is not None else f"at most {most}" if most is not None else None
    return f"{least} to {most}"


def _refuse_answers(arguments: Sequence[str], params: Sequence[Any]) -> None:
    """Refuse a yes or no after a flag: it would be taken for a file. One that is the name of a file may be meant."""
    flags = {
        name for param in params if getattr(param, "is_flag", False) for name in (*param.opts, *param.secondary_opts)
    }
    for flag, word in itertools.pairwise(arguments):
        if flag == "--":
            return
        if flag in flags and word.lower() in _ANSWERS and not os.path.lexists(word):
            raise UsageError(f"{flag} {word}", "the option takes no value", advice=_advice(flag, params))


def _advice(flag: str, params: Sequence[Any]) -> str:
    for param in params:
        pair = (*param.opts, *param.secondary_opts)
        if flag in pair and param.secondary_opts:
            return f"Write {param.opts[0]} or {param.secondary_opts[0]} alone."
    return f"Write {flag} alone, or leave it out."
