"""``videmo train``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from videmo.cli import train_detector
from videmo.cli.console import DATA_HELP, Debug, Quiet, data_folder
from videmo.errors import UsageError

app = typer.Typer(no_args_is_help=True, help="Train networks on your own machine.")


app.command("detector")(train_detector.detector)


@app.callback()
def _train() -> None:
    """Train networks on your own machine."""


@app.command()
def classifier(
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for the network and its card.")] = Path(
        "runs/founding"
    ),
    data: Annotated[Path | None, typer.Option("--data", help=DATA_HELP, envvar="VIDEMO_DATA")] = None,
    epochs: Annotated[int | None, typer.Option(min=1, max=1000, help="Passes over the data.  \\[default: 36]")] = None,
    seed: Annotated[int | None, typer.Option(help="Seed of all randomness.  \\[default: 7]")] = None,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Train the founding network on FER+ and export it as int8 LiteRT.

    Goes on after the last complete epoch when it is started again with the same --out. Use the result with
    videmo analyze --classifier OUT/founding.tflite.

    Example: videmo train classifier --data data-folder --out runs/founding
    """
    try:
        import tensorflow  # noqa: F401
    except ImportError:
        raise UsageError("training needs TensorFlow: install videmo with pip install 'videmo[train]'.") from None
    import dataclasses
    from datetime import date

    from videmo.training.card import write_classifier
    from videmo.training.classifier import train_classifier
    from videmo.training.evaluate import evaluate_classifier
    from videmo.training.ferplus import read_ferplus
    from videmo.training.fit import FitSettings
    from videmo.weights import Weights

    table = data_folder(data) / "data" / "ferplus.parquet"
    settings = FitSettings()
    settings = dataclasses.replace(
        settings, epochs=epochs or settings.epochs, seed=settings.seed if seed is None else seed
    )

    def say(line: str) -> None:
        if not quiet:
            typer.echo(line)

    trained = train_classifier(table, out, settings, say)
    scores = evaluate_classifier(Weights("founding", trained.int8, ""), read_ferplus(table))
    target = write_classifier(out, "founding", trained, scores, settings, date.today().isoformat())
    (out / "founding-float32.tflite").write_bytes(trained.float32)
    say(f"{target}: accuracy {scores['test']['accuracy']:.1%} on the FER+ test images.")
