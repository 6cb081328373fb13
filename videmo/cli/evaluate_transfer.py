"""Run ``videmo evaluate transfer``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from videmo.cli.console import DATA_HELP, Debug, data_folder, folder_option

REPORTS, WORK = Path("reports/evaluation"), Path("runs/transfer")


def transfer(
    data: Annotated[Path | None, typer.Option("--data", help=DATA_HELP, envvar="VIDEMO_DATA")] = None,
    out: Annotated[Path, folder_option("Folder for transfer.md and transfer.json.")] = REPORTS,
    work: Annotated[
        Path,
        typer.Option("--work", metavar="FOLDER", help="Folder for the trainings; interrupted ones go on from there."),
    ] = WORK,
    epochs: Annotated[
        int | None, typer.Option("--epochs", min=1, max=10_000, metavar="NUMBER", help="Passes of each training.")
    ] = None,
    debug: Debug = False,
) -> None:
    """Leave each set of labelled faces out of training in turn, and measure on every set what was learned.

    Trains five networks: it takes an hour or more.

    Example: videmo evaluate transfer --data data-folder
    """
    from videmo.training.classifier.transfer import evaluate

    called = "videmo evaluate transfer" + (f" --epochs {epochs}" if epochs is not None else "")
    page = evaluate(data_folder(data), out, work, typer.echo, called=called, epochs=epochs)
    typer.echo(f"Written: {page}")
