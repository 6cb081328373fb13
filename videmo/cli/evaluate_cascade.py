"""Run ``videmo evaluate cascade``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from videmo.cli.console import DATA_HELP, Debug, data_folder, folder_option


def cascade(
    files: Annotated[list[Path], typer.Argument(metavar="FILE.xml...", help="Cascades to measure.")],
    data: Annotated[Path | None, typer.Option("--data", help=DATA_HELP, envvar="VIDEMO_DATA")] = None,
    out: Annotated[Path, folder_option("Folder for cascade.md, .json and .png.")] = Path("reports/evaluation"),
    debug: Debug = False,
) -> None:
    """Measure recall and false alarms of cascades on held-out photographs, beside OpenCV's own cascades.

    It also checks, stage by stage, whether videmo and OpenCV accept the same windows.

    Example: videmo evaluate cascade runs/cascade/cascade.xml --data data-folder
    """
    from videmo.training.cascade.command import evaluate

    typer.echo(evaluate(data_folder(data), files, out, typer.echo))
