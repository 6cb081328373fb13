"""Say what to do first, and what to do next."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import typer

from videmo.cli.words import quoted

if TYPE_CHECKING:
    from videmo.batch.following import RunResult
    from videmo.batch.shards import Shard

_FIRST: Final = (
    ("videmo analyze FOLDER --out results", "tables, plots and pages of the recordings in FOLDER"),
    ("videmo open results", "look at them in your browser"),
    ("videmo doctor", "check whether everything works here, in seconds"),
)
_USUAL: Final = ("results", "reports")
"""Where results are likely to be: what the examples call it, and where they go by default."""


def welcome() -> None:
    """Tell somebody who typed the name of the program alone what to do."""
    from videmo.version import __version__

    typer.echo(f"videmo {__version__}: emotion timelines from folders of recordings\n")
    there = _results_here()
    if there:
        typer.echo(f"There are results in {quoted(there)}:")
        _say_commands(_after(there, people=True))
    else:
        typer.echo("Begin with:")
        _say_commands(_FIRST)
    typer.echo("\nAll commands: videmo --help. What one of them does: videmo analyze --help.")


def say_next(result: RunResult, shard: Shard | None) -> None:
    """Name what people do after a run; nothing if there are no results."""
    if shard is not None:
        typer.echo(f"When all shards are done, run 'videmo gather {quoted(result.out)}'.")
    elif any(outcome.status != "failed" for outcome in result.outcomes):
        people = any(outcome.people for outcome in result.outcomes)
        typer.echo(f"Open {quoted(result.first_to_open)} first. What people do next:")
        _say_commands(_after(result.out, people=people))


def _after(out: Path, *, people: bool) -> list[tuple[str, str]]:
    from videmo.results.folder import ResultsFolder

    study = out.with_name(f"{out.name}-study") if out.name else Path("study")
    look = f"videmo open {quoted(out)}", "look at the results in your browser"
    if not ResultsFolder(out).has_index:
        look = f"videmo report {quoted(out)}", "write pages and plots to look at"
    return [
        look,
        *([(f"videmo people {quoted(out)}", "name the persons, or put two together")] if people else []),
        (f"videmo study init {quoted(out)} --to {quoted(study)}", "compare people and what they saw"),
    ]


def _say_commands(commands: list[tuple[str, str]] | tuple[tuple[str, str], ...]) -> None:
    wide = max(len(command) for command, _ in commands)
    for command, what in commands:
        typer.echo(f"  {command:{wide}}  {what}")


def _results_here() -> Path | None:
    """Find results in the current folder, or where they usually are below it."""
    from videmo.results.folder import ResultsFolder

    return next((Path(name) for name in (*_USUAL, ".") if ResultsFolder(Path(name)).has_index), None)
