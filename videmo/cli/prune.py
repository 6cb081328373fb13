"""Run ``videmo prune``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from videmo.cli.console import Debug, Quiet, printable
from videmo.cli.words import counted


def prune(
    out: Annotated[Path, typer.Argument(metavar="OUT", help="A folder of results.")],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Remove them without asking.")] = False,
    missing_folders: Annotated[
        bool,
        typer.Option(
            "--missing-folders", help="Also remove results of recordings whose whole folder is missing or empty."
        ),
    ] = False,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Remove results of recordings that are gone, and second results of the same file.

    Says what would be removed, and asks. Results whose persons you named stay, and those with other files beside them.
    If recordings were only moved, let [bold]videmo report OUT --recordings FOLDER[/bold] find them instead.

    Example: videmo prune results
    """
    from videmo.batch.pruning import find_prunable
    from videmo.batch.pruning import prune as remove

    found = find_prunable(out, missing_folders=missing_folders)
    if not quiet or not yes:
        for each in found.gone:
            typer.echo(f"remove  {printable(each.key)}: {printable(each.why)}")
        for each in found.kept:
            typer.echo(f"keep    {printable(each.key)}: {printable(each.why)}")
        if any(each.missing_folder for each in found.kept):
            typer.echo("Add --missing-folders to remove results of recordings whose folder is missing or empty, too.")
    if not found.gone:
        if not quiet:
            typer.echo(f"{printable(str(out))}: nothing to remove.")
        return
    count = counted(len(found.gone), "recording")
    if not yes and not (sys.stdin.isatty() and typer.confirm(f"Remove the results of {count}?")):
        typer.echo("Nothing was removed. Add --yes to remove them.")
        return
    remove(out, [each.key for each in found.gone])
    if not quiet:
        typer.echo(f"The results of {count} were removed from {printable(str(out))}.")
