"""Run ``videmo people``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from videmo.cli.console import Debug, Quiet, printable


def people(
    out: Annotated[Path, typer.Argument(metavar="OUT", help="A folder of results.")],
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Write a people.csv beside each recording's tables, to name persons or merge those who are one and the same.

    Watch the annotated video, fill in the columns name and merge_into, and run 'videmo report OUT'. An existing
    people.csv is left unchanged.

    Example: videmo people results
    """
    from videmo.batch.people import write_templates

    done = write_templates(out)
    if quiet:
        return
    for path in done.written:
        typer.echo(f"written  {printable(str(path))}")
    for path in done.kept:
        typer.echo(f"kept     {printable(str(path))}")
    if done.written or done.kept:
        typer.echo(f"Fill in name or merge_into, then run 'videmo report {printable(str(out))}'.")
    else:
        typer.echo(f"{printable(str(out))}: no persons were found in these recordings.")
