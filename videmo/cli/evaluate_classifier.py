"""Run ``videmo evaluate classifier``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from videmo.cli.console import DATA_HELP, Debug, Quiet, folder_option
from videmo.errors import UsageError


def classifier(
    names: Annotated[
        list[str] | None,
        typer.Option(
            "--classifier",
            metavar="NAME|FILE",
            help="A shipped network or a .tflite file; repeat it to compare several.  "
            "\\[default: broad, ferplus and founding]",
        ),
    ] = None,
    floats: Annotated[
        list[Path] | None,
        typer.Option(
            "--float",
            metavar="FILE",
            help="Also measure a network before quantisation: the NAME-float.tflite that training writes. Can be "
            "repeated.",
        ),
    ] = None,
    data: Annotated[Path | None, typer.Option("--data", help=DATA_HELP, envvar="VIDEMO_DATA")] = None,
    dataset: Annotated[
        str, typer.Option(metavar="FORMAT=PATH", help="Labelled faces with a test split.")
    ] = "ferplus-table=data/ferplus.parquet",
    out: Annotated[Path, folder_option("Folder for the page, the numbers and the figures.")] = Path(
        "reports/evaluation"
    ),
    with_fer: Annotated[
        bool,
        typer.Option(
            "--fer/--no-fer",
            help="Compare with the fer package if it is installed; with --expressions, if it was measured before.",
        ),
    ] = True,
    with_robustness: Annotated[
        bool, typer.Option("--robustness/--no-robustness", help="Also measure on degraded boxes and pictures.")
    ] = True,
    expressions: Annotated[
        bool,
        typer.Option(
            "--expressions",
            help="Measure on FER+, RAF-DB, AffectNet, FFHQ and CK+ side by side (data/expressions.parquet).",
        ),
    ] = False,
    fer_python: Annotated[
        str | None,
        typer.Option(
            "--fer-python",
            metavar="PYTHON",
            help="With --expressions: an interpreter in which the fer package is installed, to measure fer on the same "
            "faces. What it says is kept in fer.json and shown again as long as the faces are the same.",
        ),
    ] = None,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Measure classifiers on the FER+ test images: accuracy, calibration, robustness.

    Writes classifier.md, classifier.json and figures to --out; with --expressions expressions.md and .json.

    Example: videmo evaluate classifier --data data-folder
    """
    from functools import partial

    from videmo.batch.other_python import run_script
    from videmo.training.classifier.command import evaluate, evaluate_sets

    def say(line: str) -> None:
        if not quiet:
            typer.echo(line)

    if fer_python is not None and not expressions:
        raise UsageError("--fer-python", "it measures on all sets", advice="Add --expressions.")
    if expressions:
        fer = None if fer_python is None else partial(run_script, fer_python)
        page = evaluate_sets(names or [], data, out, say, fer=fer, with_fer=with_fer)
    else:
        page = evaluate(
            names or [],
            dataset,
            data,
            out,
            say,
            floats=floats or [],
            with_fer=with_fer,
            with_robustness=with_robustness,
        )
    say(f"Written: {page}")
