"""Run ``videmo evaluate identity``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from videmo.cli.console import DATA_HELP, Debug, data_folder, folder_option

REPORTS = Path("reports/evaluation")


def identity(
    network: Annotated[
        str, typer.Option("--network", metavar="NAME|FILE", help="An identity network, or the path of its file.")
    ] = "person",
    data: Annotated[Path | None, typer.Option("--data", help=DATA_HELP, envvar="VIDEMO_DATA")] = None,
    out: Annotated[Path, folder_option("Folder for identity.md and identity.json.")] = REPORTS,
    debug: Debug = False,
) -> None:
    """Measure how well people are recognised, on people whom the network never saw, and its teacher beside it.

    Needs dlib (the extra teacher); without it, the command says how to install it.

    Example: videmo evaluate identity --data data-folder
    """
    from videmo.training.identity.command import evaluate

    typer.echo(evaluate(data_folder(data), network, out, typer.echo, called="videmo evaluate identity"))
