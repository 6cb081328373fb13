"""Run ``videmo evaluate detector``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from videmo.cli.console import DATA_HELP, Debug, a_folder, data_folder

REPORTS = Path("reports/evaluation")


def detector(
    names: Annotated[
        list[str] | None,
        typer.Option(
            "--detector",
            metavar="[TITLE=]NAME|FILE",
            help="A detector to compare, or the file of a network (.tflite, YuNet's .onnx) or cascade (.xml), with a "
            "title if you like; can be repeated.  \\[default: all that are available]",
        ),
    ] = None,
    parts: Annotated[
        list[str] | None,
        typer.Option(
            "--only",
            metavar="PART",
            help="Measure on pictures, sizes, recordings or speed only; can be repeated.  \\[default: everything]",
        ),
    ] = None,
    yunet: Annotated[
        Path | None,
        typer.Option(help="YuNet's .onnx file, for comparison.  \\[default: the fetched one, if there is one]"),
    ] = None,
    data: Annotated[Path | None, typer.Option("--data", help=DATA_HELP, envvar="VIDEMO_DATA")] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            "-o",
            callback=a_folder,
            help=f"Folder for detector.md and detector.json.  \\[default: {REPORTS.as_posix()}; with --only, the page "
            "is printed and nothing is written]",
        ),
    ] = None,
    debug: Debug = False,
) -> None:
    """Measure face detectors side by side: on pictures, on faces of all sizes, on recordings, and their speed.

    Example: videmo evaluate detector --data data-folder --yunet face_detection_yunet_2023mar.onnx

    While you train: videmo evaluate detector --detector new=runs/faces.tflite --detector videmo --only recordings
    """
    from videmo.training.detector.command import evaluate
    from videmo.training.detector.measure import PARTS

    page = evaluate(
        data_folder(data),
        names,
        yunet,
        out if out is not None or parts else REPORTS,
        typer.echo,
        parts=parts or PARTS,
        called=" ".join(["videmo evaluate detector", *(f"--only {part}" for part in parts or ())]),
    )
    typer.echo(page)
