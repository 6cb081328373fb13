"""Run ``videmo export``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from videmo.cli.console import Debug, Quiet, a_folder, printable, say_error
from videmo.cli.words import counted
from videmo.export.formats import FORMATS

_FORMATS = "\n\n".join(f"[bold]{name}[/bold]  {what}" for name, what in FORMATS.items())


def export(
    out: Annotated[Path, typer.Argument(metavar="OUT", help="A folder of results.")],
    to: Annotated[list[str], typer.Option("--to", metavar="FORMAT", help=f"One or more of {', '.join(FORMATS)}.")],
    into: Annotated[
        Path | None,
        typer.Option(
            "--into", callback=a_folder, help="Folder for the files.  \\[default: beside each recording's tables]"
        ),
    ] = None,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Write the results in the formats of other programs; nothing is analysed again."""
    from videmo.batch.export import export_results

    names = [name.strip().lower() for given in to for name in given.split(",")]
    done = export_results(out, names, into)
    if not quiet:
        files, recordings = counted(len(done.files), "file"), counted(done.recordings, "recording")
        typer.echo(f"{files} of {recordings} written in {printable(str(into or out))}.")
    for failure in done.failures:
        say_error(failure)
    raise typer.Exit(1 if done.failures else 0)


export.__doc__ = (
    f"{export.__doc__}\n\n{_FORMATS}\n\nFiles are named after the recording (anna.mp4.eaf), "
    "and those of the whole folder after it (results.xlsx).\n\n"
    "Example: videmo export results --to eaf,srt --into for-elan"
)
