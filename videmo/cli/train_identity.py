"""Run ``videmo train identity``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from videmo.cli.console import DATA_HELP, Debug, Quiet, data_folder, folder_option, interruptible


def identity(
    out: Annotated[Path, folder_option("Folder for the network and its card.")] = Path("runs/identity"),
    data: Annotated[Path | None, typer.Option("--data", help=DATA_HELP, envvar="VIDEMO_DATA")] = None,
    epochs: Annotated[int | None, typer.Option(min=1, max=10000, help="Epochs of 200 steps.  \\[default: 40]")] = None,
    seed: Annotated[int | None, typer.Option(help="Seed of all randomness.  \\[default: 5]")] = None,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Train the network that recognises who returns, and export it as int8 LiteRT.

    It learns from dlib's face network (the extra teacher), which takes hours to look at all faces of the
    data; these are kept in --out. When run again with the same --out, training resumes after the last complete epoch.
    Use the result with the setting identity.name = "OUT/person.tflite".

    Example: videmo train identity --data data-folder --out runs/identity
    """
    from videmo.training.identity.command import train

    def say(line: str) -> None:
        if not quiet:
            typer.echo(line)

    with interruptible():
        network = train(data_folder(data), out, say, epochs=epochs, seed=seed)
    measure = f"videmo evaluate identity --network {network}"
    say(f"{network}: {network.stat().st_size:,} bytes. Measure it with '{measure}'.")
