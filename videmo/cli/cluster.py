"""Run ``videmo cluster-script``."""

from __future__ import annotations

import enum
from typing import Annotated

import typer

from videmo.errors import Given, UsageError


class Scheduler(enum.StrEnum):
    """Name what runs jobs on many machines."""

    SLURM = "slurm"
    PBS = "pbs"
    SNAKEMAKE = "snakemake"
    NEXTFLOW = "nextflow"


def cluster_script(
    scheduler: Annotated[Scheduler, typer.Argument(metavar="SCHEDULER", help="slurm, pbs, snakemake or nextflow.")],
    arguments: Annotated[
        list[str], typer.Argument(metavar="PATH…", help="Paths and options, as for [bold]videmo analyze[/bold].")
    ],
    shards: Annotated[int, typer.Option(min=1, max=10_000, help="Into how many jobs the work is divided.")] = 16,
) -> None:
    """Print a script that analyses in an array of jobs and gathers the results in a last one. Nothing is submitted.

    Example: videmo cluster-script slurm --shards 16 -- interviews/ --out results --no-annotate > run.sh

    Everything after -- is passed on to 'videmo analyze'. The folder of the results has to be the same on all machines.
    """
    from videmo.cli.scripts import script_for

    out = _out_of(arguments)
    if out is None:
        raise UsageError(Given("out"), "the last job needs to know where the results are", "a folder")
    typer.echo(script_for(scheduler.value, arguments, out, shards), nl=False)


def _out_of(arguments: list[str]) -> str | None:
    """Find the folder of the results among the options."""
    for place, argument in enumerate(arguments):
        if argument in ("--out", "-o") and place + 1 < len(arguments):
            return arguments[place + 1]
        if argument.startswith("--out="):
            return argument.removeprefix("--out=")
    return None
