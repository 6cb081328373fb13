"""Run ``videmo cluster-script``."""

from __future__ import annotations

import enum
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from videmo.errors import Given, UsageError


class Scheduler(enum.StrEnum):
    """Name what runs jobs on many machines."""

    SLURM = "slurm"
    PBS = "pbs"
    SNAKEMAKE = "snakemake"
    NEXTFLOW = "nextflow"


_IN_EACH_JOB: Final = {
    "shard": "Leave it out, and say with --shards into how many jobs the work is divided.",
    "dry_run": "Leave it out; to see what the jobs would do, add it to 'videmo analyze' itself.",
}
"""Options of ``videmo analyze`` that a script has no use for, and what to do instead."""


def cluster_script(
    context: typer.Context,
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

    given = _parsed(context, arguments)
    for name, advice in _IN_EACH_JOB.items():
        if name in given:
            raise UsageError(Given(name), "makes no sense in each of several jobs", advice=advice)
    if "out" not in given:
        raise UsageError(Given("out"), "the last job needs to know where the results are", "a folder")
    out = _as_written(given["out"], arguments)
    typer.echo(script_for(scheduler.value, arguments, out, shards, given.get("jobs")), nl=False)


def _parsed(context: typer.Context, arguments: list[str]) -> dict[str, Any]:
    """Parse the arguments of ``videmo analyze`` as it does itself; returns those that are given, by name.

    What it doesn't understand is refused here, in its words, before hundreds of jobs are.
    """
    root = context.find_root()
    command = root.command.get_command(root, "analyze")  # type: ignore[attr-defined]
    with command.make_context("analyze", list(arguments), parent=root) as parsed:
        return {
            name: value
            for name, value in parsed.params.items()
            if (source := parsed.get_parameter_source(name)) is not None and source.name == "COMMANDLINE"
        }


def _as_written(out: Path, arguments: list[str]) -> str:
    """Return the folder of the results as the user wrote it."""
    texts = [text for argument in arguments for text in (argument, argument.partition("=")[2]) if text]
    return next((text for text in texts if Path(text) == out), str(out))
