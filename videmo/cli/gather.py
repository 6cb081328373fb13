"""Run ``videmo gather``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from videmo.cli.console import Debug, Quiet, printable, say_error, say_failure
from videmo.cli.words import counted

if TYPE_CHECKING:
    from videmo.batch.shards import Gathered

_MOST: int = 10


def gather(
    out: Annotated[Path, typer.Argument(metavar="OUT", help="A folder of results in which shards have worked.")],
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Write the tables and pages of a folder when its shards are done, and name what is missing.

    Example: videmo gather results

    Exit code: 0 everything is there, 1 something failed or is missing, 2 wrong usage.
    """
    from videmo.batch.shards import gather as gather_shards

    found = gather_shards(out)
    if not quiet:
        failed = f", {len(found.failed)} failed" if found.failed else ""
        typer.echo(f"{counted(found.count, 'shard')}: {counted(found.finished, 'recording')} finished{failed}.")
        for note in found.notes:
            typer.echo(printable(note))
    for failure in found.failed:
        say_failure(f"{failure.key}: {failure.reason}", "", debug=debug)
    _say_missing(found)
    raise typer.Exit(1 if found.failed or not found.complete else 0)


def _say_missing(found: Gathered) -> None:
    for index in found.absent:
        say_error(f"shard {index}/{found.count} never began. Run it, then gather again.")
    for index, keys in found.missing.items():
        shown = ", ".join(printable(key) for key in keys[:_MOST]) + (" …" if len(keys) > _MOST else "")
        say_error(f"shard {index}/{found.count} has not finished {shown}. Run it again, then gather again.")
