"""Run ``videmo train detector``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from videmo.cli.console import DATA_HELP, Debug, Quiet, data_folder, folder_option, interruptible


def detector(
    out: Annotated[Path, folder_option("Folder for the network and its card.")] = Path("runs/detector"),
    data: Annotated[Path | None, typer.Option("--data", help=DATA_HELP, envvar="VIDEMO_DATA")] = None,
    teacher: Annotated[
        Path | None,
        typer.Option(help="YuNet's .onnx file.  \\[default: the one from 'videmo models pull yunet']"),
    ] = None,
    begin: Annotated[
        str, typer.Option(help="Face network to begin with: a name, or the path of a .tflite file.")
    ] = "videmo",
    epochs: Annotated[int | None, typer.Option(min=1, max=10000, help="Epochs of 300 steps.  \\[default: 18]")] = None,
    seed: Annotated[int | None, typer.Option(help="Seed of all randomness.  \\[default: 11]")] = None,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Train the face detector and export it as int8 LiteRT.

    It begins with what a trained network knows, and learns from WIDER FACE, web photographs, scenes with masks,
    portraits, and pictures without faces; YuNet marks what nobody annotated. When run again with the same --out,
    training resumes after the last complete epoch. Use the result with videmo analyze --detector OUT/faces.tflite.

    Example: videmo train detector --data data-folder --out runs/detector
    """
    from videmo.training.detector.command import train

    def say(line: str) -> None:
        if not quiet:
            typer.echo(line)

    with interruptible():
        done = train(data_folder(data), teacher, out, say, begin=begin, epochs=epochs, seed=seed)
    say(f"{done.network}: {done.size:,} bytes. Measure it with 'videmo evaluate detector --detector {done.network}'.")
