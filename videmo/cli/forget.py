"""Run ``videmo forget``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from videmo.cli.console import Debug, Quiet, printable


def forget(
    out: Annotated[Path, typer.Argument(metavar="OUT", help="A folder of results.")],
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Delete what recognises people (tracks.npz, biometric data) from a folder of results.

    Tables, plots, pages and videos stay as they are, and so do the persons in them. What can't be done any more without
    another analysis: finding the persons anew with other settings, and matching them across recordings.

    Example: videmo forget results
    """
    from videmo.batch.forget import forget as delete

    done = delete(out)
    if quiet:
        return
    for key in done.finished:
        typer.echo(f"forgotten  {printable(key)}")
    for key in done.begun:
        typer.echo(f"discarded  {printable(key)} (not finished: its analysis begins anew)")
    if not (done.finished or done.begun):
        typer.echo(f"{printable(str(out))}: nothing in it recognises people.")
        return
    typer.echo("Persons stay as they were found. To find them anew with other settings, analyse the recordings again.")
