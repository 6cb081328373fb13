"""``videmo evaluate``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from videmo.cli import evaluate_detector
from videmo.cli.console import DATA_HELP, Debug, data_folder

app = typer.Typer(no_args_is_help=True, help="Measure networks on held-out data.")


app.command("detector")(evaluate_detector.detector)


@app.callback()
def _evaluate() -> None:
    """Measure networks on held-out data."""


@app.command()
def classifier(
    name: Annotated[str, typer.Option("--classifier", help="A shipped network or a .tflite file.")] = "founding",
    data: Annotated[Path | None, typer.Option("--data", help=DATA_HELP, envvar="VIDEMO_DATA")] = None,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Also write the scores as JSON there.")] = None,
    debug: Debug = False,
) -> None:
    """Accuracy and recall of a classifier on the FER+ test images.

    Example: videmo evaluate classifier --data data-folder
    """
    from videmo.files import write_json
    from videmo.records import EMOTIONS
    from videmo.training.evaluate import evaluate_classifier
    from videmo.training.ferplus import read_ferplus
    from videmo.weights import load_weights

    weights = load_weights(name)
    scores = evaluate_classifier(weights, read_ferplus(data_folder(data) / "data" / "ferplus.parquet"))
    for title, score in scores.items():
        recalls = "  ".join(f"{emotion} {score['recall'][emotion]:.1%}" for emotion in EMOTIONS)
        typer.echo(f"{title}: {score['accuracy']:.2%} of {score['rows']:,} ({recalls})")
    if out is not None:
        write_json(out, {"classifier": name, "sha256": weights.sha256, "scores": scores})
