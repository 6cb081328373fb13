"""Run ``videmo evaluate``."""

from __future__ import annotations

import typer

from videmo.cli import (
    evaluate_cascade,
    evaluate_classifier,
    evaluate_detector,
    evaluate_fairness,
    evaluate_identity,
    evaluate_landmarks,
    evaluate_transfer,
)

app = typer.Typer(no_args_is_help=True, help="Measure networks on held-out data.")


app.command("classifier")(evaluate_classifier.classifier)
app.command("transfer")(evaluate_transfer.transfer)
app.command("fairness")(evaluate_fairness.fairness)
app.command("detector")(evaluate_detector.detector)
app.command("landmarks")(evaluate_landmarks.landmarks)
app.command("identity")(evaluate_identity.identity)
app.command("cascade")(evaluate_cascade.cascade)


@app.callback()
def _evaluate() -> None:
    """Measure networks on held-out data."""
