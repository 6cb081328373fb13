"""Run ``videmo evaluate detector``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from videmo.cli.console import DATA_HELP, Debug, data_folder


def detector(
    names: Annotated[
        list[str] | None,
        typer.Option("--detector", help="A detector to compare; can be repeated.  \\[default: all that are available]"),
    ] = None,
    yunet: Annotated[
        Path | None,
        typer.Option(help="YuNet's .onnx file, for comparison.  \\[default: the fetched one, if there is one]"),
    ] = None,
    data: Annotated[Path | None, typer.Option("--data", help=DATA_HELP, envvar="VIDEMO_DATA")] = None,
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for detector.md and detector.json.")] = Path(
        "reports/evaluation"
    ),
    debug: Debug = False,
) -> None:
    """Measure precision, recall, landmarks and speed of face detectors on the same pictures and recordings.

    Example: videmo evaluate detector --data data-folder --yunet face_detection_yunet_2023mar.onnx
    """
    from videmo.training.detector.command import evaluate

    typer.echo(evaluate(data_folder(data), names, yunet, out, typer.echo))
