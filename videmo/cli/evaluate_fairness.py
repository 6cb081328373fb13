"""Run ``videmo evaluate fairness``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from videmo.cli.console import DATA_HELP, Debug, data_folder, folder_option

REPORTS = Path("reports/evaluation")


def fairness(
    classifier: Annotated[
        str | None,
        typer.Option(
            "--classifier", metavar="NAME|FILE", help="A shipped network or a .tflite file.  \\[default: the default]"
        ),
    ] = None,
    data: Annotated[Path | None, typer.Option("--data", help=DATA_HELP, envvar="VIDEMO_DATA")] = None,
    out: Annotated[Path, folder_option("Folder for fairness.md, .json and .png.")] = REPORTS,
    debug: Debug = False,
) -> None:
    """Measure whether faces of different groups, ages and lightness are found, left out and named alike.

    There are no labels of emotions for most of them: the page says what can and what can't be concluded.

    Example: videmo evaluate fairness --data data-folder
    """
    from videmo.training.fairness.command import evaluate

    page = evaluate(data_folder(data), classifier, out, typer.echo, called="videmo evaluate fairness")
    typer.echo(f"Written: {page}")
