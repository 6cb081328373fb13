"""Run ``videmo forget``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from videmo.cli.console import Debug, Quiet, printable

if TYPE_CHECKING:
    from videmo.batch.forget import Forgotten


def forget(
    out: Annotated[Path, typer.Argument(metavar="OUT", help="A folder of results.")],
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Delete what recognises people (tracks.npz, biometric data) from a folder of results.

    Tables, plots, pages and videos stay as they are, pictures of faces included, and so do the persons in them; the
    command says which files show faces. What can't be done any more without another analysis: finding the persons anew
    with other settings, and matching them across recordings (videmo people --match).

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
    else:
        typer.echo(
            "Persons stay as they were found, and what cast.csv says stays. 'videmo people --match' cannot recognise "
            "them any more, and they cannot be found anew with other settings: for that, analyse the recordings again."
        )
    _tell_pictures(done)


def _tell_pictures(done: Forgotten) -> None:
    """Say which files still show faces, and how to be rid of them."""
    shown = [printable(str(done.who))] if done.who else []
    if stay := [*done.pictured, *done.filmed]:
        shown.append(f"{', '.join(stay)} of the recordings")
    if shown:
        typer.echo(
            f"Pictures of faces stay: {', and '.join(shown)}. To be rid of them, delete these files; 'videmo report', "
            "'annotate' and 'people --match' make them anew where they find the recordings."
            + "".join(f" Nothing makes {name} anew: it is the recording of a live session." for name in done.filmed)
        )
