"""``videmo evaluate classifier``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from videmo.cli.console import DATA_HELP, Debug, Quiet, data_folder


def classifier(
    names: Annotated[
        list[str] | None,
        typer.Option(
            "--classifier",
            metavar="NAME|FILE",
            help="A shipped network or a .tflite file; give it again to compare.  \\[default: residual, its float "
            "version and founding]",
        ),
    ] = None,
    data: Annotated[Path | None, typer.Option("--data", help=DATA_HELP, envvar="VIDEMO_DATA")] = None,
    dataset: Annotated[
        str, typer.Option(metavar="FORMAT=PATH", help="Held-out faces with a test split.")
    ] = "ferplus-table=data/ferplus.parquet",
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for the page, the numbers and the figures.")] = Path(
        "reports/evaluation"
    ),
    with_fer: Annotated[
        bool, typer.Option("--fer/--no-fer", help="Compare with the fer package where it is installed.")
    ] = True,
    with_robustness: Annotated[
        bool, typer.Option("--robustness/--no-robustness", help="Also measure worse boxes and worse pictures.")
    ] = True,
    expressions: Annotated[
        bool,
        typer.Option(
            "--expressions",
            help="Measure on FER+, RAF-DB, AffectNet, FFHQ and CK+ side by side (data/expressions.parquet).",
        ),
    ] = False,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Measure classifiers on the FER+ test images: accuracy, calibration, robustness.

    Writes classifier.md, classifier.json and figures to --out; with --expressions expressions.md and .json.

    Example: videmo evaluate classifier --data data-folder
    """
    from videmo.training.datasets.formats import parse_source
    from videmo.training.evaluation.command import DEFAULTS, evaluate_classifiers
    from videmo.training.evaluation.expressions import evaluate_expressions

    source = parse_source(dataset)
    root = Path() if Path(source.path).is_absolute() else data_folder(data)

    def say(line: str) -> None:
        if not quiet:
            typer.echo(line)

    if expressions:
        page = evaluate_expressions(names or DEFAULTS, data_folder(data), out, say)
        say(f"{page}: done.")
        return
    page = evaluate_classifiers(
        names or [], source, root, out, with_fer=with_fer, with_robustness=with_robustness, report=say
    )
    say(f"{page}: done.")
