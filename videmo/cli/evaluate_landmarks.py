"""Run ``videmo evaluate landmarks``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from videmo.cli.console import DATA_HELP, Debug, data_folder, folder_option

REPORTS = Path("reports/evaluation")


def landmarks(
    network: Annotated[
        str, typer.Option("--network", metavar="NAME|FILE", help="A landmark network, or the path of its file.")
    ] = "points",
    yunet: Annotated[
        Path | None,
        typer.Option(help="YuNet's .onnx file, for comparison.  \\[default: the fetched one, if there is one]"),
    ] = None,
    data: Annotated[Path | None, typer.Option("--data", help=DATA_HELP, envvar="VIDEMO_DATA")] = None,
    out: Annotated[Path, folder_option("Folder for landmarks.md and landmarks.json.")] = REPORTS,
    debug: Debug = False,
) -> None:
    """Measure landmarks on held-out photographs: how near they are, and whether they follow the tilt of a head.

    Example: videmo evaluate landmarks --data data-folder --yunet face_detection_yunet_2023mar.onnx
    """
    from videmo.training.landmarks.command import evaluate

    page = evaluate(data_folder(data), network, yunet, out, typer.echo, called="videmo evaluate landmarks")
    typer.echo(page)
