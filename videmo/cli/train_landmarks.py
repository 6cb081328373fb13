"""Run ``videmo train landmarks``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from videmo.cli.console import DATA_HELP, Debug, Quiet, data_folder, folder_option, interruptible


def landmarks(
    out: Annotated[Path, folder_option("Folder for the network and its card.")] = Path("runs/landmarks"),
    data: Annotated[Path | None, typer.Option("--data", help=DATA_HELP, envvar="VIDEMO_DATA")] = None,
    teacher: Annotated[
        Path | None,
        typer.Option(help="YuNet's .onnx file.  \\[default: the one from 'videmo models pull yunet']"),
    ] = None,
    epochs: Annotated[int | None, typer.Option(min=1, max=10000, help="Epochs of 300 steps.  \\[default: 24]")] = None,
    seed: Annotated[int | None, typer.Option(help="Seed of all randomness.  \\[default: 11]")] = None,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Train the network that finds eyes, nose and mouth in a face, and export it as int8 LiteRT.

    It learns from WIDER FACE, web photographs, scenes with masks and portraits; YuNet marks what nobody annotated. When
    run again with the same --out, training resumes after the last complete epoch. Use the result with the setting
    landmarks.name = "OUT/points.tflite".

    Example: videmo train landmarks --data data-folder --out runs/landmarks
    """
    from videmo.training.landmarks.command import train

    def say(line: str) -> None:
        if not quiet:
            typer.echo(line)

    with interruptible():
        network = train(data_folder(data), teacher, out, say, epochs=epochs, seed=seed)
    measure = f"videmo evaluate landmarks --network {network}"
    say(f"{network}: {network.stat().st_size:,} bytes. Measure it with '{measure}'.")
