"""Run ``videmo train``."""

from __future__ import annotations

import typer

from videmo.cli import train_cascade, train_classifier, train_detector, train_identity, train_landmarks

app = typer.Typer(no_args_is_help=True, help="Train networks on your own machine.")


app.command("classifier")(train_classifier.classifier)
app.command("detector")(train_detector.detector)
app.command("landmarks")(train_landmarks.landmarks)
app.command("identity")(train_identity.identity)
app.command("cascade")(train_cascade.cascade)


@app.callback()
def _train() -> None:
    """Train networks on your own machine."""
