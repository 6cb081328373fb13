"""Run ``videmo open``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from videmo.cli.console import Debug, printable


def open_page(
    out: Annotated[
        Path, typer.Argument(metavar="OUT", help="A folder of results, or that of a recording or a study.")
    ] = Path("reports"),
    recording: Annotated[
        str, typer.Argument(metavar="RECORDING", help="Its page: as in recordings.csv, or the end of it.")
    ] = "",
    debug: Debug = False,
) -> None:
    """Open the page of results in your browser. Where there is no display, say which file to open.

    Example: videmo open results

    Example: videmo open results anna.mp4
    """
    from videmo.batch.opening import page_of
    from videmo.loopback import open_file

    page = page_of(out, recording)
    shown = printable(str(page))
    typer.echo(f"Opening {shown}" if open_file(page) else f"No browser can be opened here. Open {shown} in one.")
