"""Run ``videmo evaluate classifier``."""

from __future__ import annotations

from collections.abc import Callable
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
        str | None,
        typer.Option(
            metavar="FORMAT=PATH",
            help="Labelled faces with a test split, to measure on these alone.  "
            "\\[default: ferplus-table=data/ferplus.parquet]",
        ),
    ] = None,
    out: Annotated[Path, folder_option("Folder for the page, the numbers and the figures.")] = Path(
        "reports/evaluation"
    ),
    with_fer: Annotated[
        bool,
        typer.Option(
            "--fer/--no-fer",
            help="Compare with the fer package if it is installed; on all sets, if it was measured before.",
        ),
    ] = True,
    with_robustness: Annotated[
        bool, typer.Option("--robustness/--no-robustness", help="Also measure on degraded boxes and pictures.")
    ] = True,
    expressions: Annotated[
        bool | None,
        typer.Option(
            "--expressions/--no-expressions",
            help="Measure on FER+, RAF-DB, AffectNet, FFHQ and CK+ side by side (data/expressions.parquet), and on "
            "nothing else; or leave that out.  \\[default: measure on FER+ in detail, and on all sets if their tables "
            "are there]",
        ),
    ] = None,
    fer_python: Annotated[
        str | None,
        typer.Option(
            "--fer-python",
            metavar="PYTHON",
            help="An interpreter in which the fer package is installed, to measure fer on the same faces of all sets. "
            "What it says is kept in fer.json and shown again as long as the faces are the same.",
        ),
    ] = None,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Measure classifiers: on FER+'s test images in detail, and on held-out faces of all sets side by side.

    Writes classifier.md, classifier.json and figures to --out, and expressions.md and .json about all sets. Sets whose
    table is missing are left out, and that is said.

    Example: videmo evaluate classifier --data data-folder
    """
    from functools import partial

    from videmo.batch.other_python import run_script
    from videmo.training.classifier.command import FERPLUS_TABLE, evaluate, evaluate_sets

    def say(line: str) -> None:
        if not quiet:
            typer.echo(line)

    if expressions:
        for option, given in (("--dataset", dataset), ("--float", floats)):
            if given:
                found = "it is not for --expressions, which measures the networks that --classifier names on all sets"
                raise UsageError(option, found, advice="Leave one of the two out.")
    on_sets = _on_sets(expressions, dataset, data, fer_python, say)
    if not expressions:
        page = evaluate(
            names or [],
            dataset or FERPLUS_TABLE,
            data,
            out,
            say,
            floats=floats or [],
            with_fer=with_fer,
            with_robustness=with_robustness,
        )
        say(f"Written: {page}")
    if on_sets:
        fer = None if fer_python is None else partial(run_script, fer_python)
        page = evaluate_sets(names or [], data, out, say, fer=fer, with_fer=with_fer)
        say(f"Written: {page}")


def _on_sets(
    wanted: bool | None, dataset: str | None, data: Path | None, fer_python: str | None, say: Callable[[str], None]
) -> bool:
    """Decide whether to measure on all sets, and say so if that is left out for want of a table."""
    from videmo.training.classifier.command import missing_table, others_than_ferplus

    missing = missing_table(data)
    found = wanted if wanted is not None else dataset is None and missing is None
    if fer_python is not None and not found:
        if wanted is None and dataset is None and missing is not None:
            raise UsageError(
                "--fer-python",
                f"it measures on all sets, and {missing.name} is missing",
                advice=f"It was looked for as {missing}; --data names the folder that contains data/.",
            )
        option = "--dataset" if wanted is None else "--no-expressions"
        raise UsageError("--fer-python", "it measures on all sets", advice=f"Leave out {option}.")
    if wanted is None and dataset is None and missing is not None:
        say(f"Left out: {others_than_ferplus()}, since there is no {missing}.")
    return found
