"""Run ``videmo doctor``."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from videmo.cli.console import Debug, Quiet, interruptible, printable, say_error
from videmo.cli.words import counted

if TYPE_CHECKING:
    from videmo.doctor.findings import Finding

_WIDE = 10


def doctor(
    out: Annotated[Path, typer.Option("--out", "-o", metavar="FOLDER", help="Where results would be written.")] = Path(
        "reports"
    ),
    as_json: Annotated[bool, typer.Option("--json", help="Print what was found as JSON.")] = False,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Check whether videmo works here: versions, processor, codecs, memory, free space, and the analysis of a clip.

    Example: videmo doctor --out results

    Exit code: 0 it works, perhaps with warnings; 1 something is in the way.
    """
    from videmo.doctor.checkup import examine

    found: list[Finding] = []
    with interruptible(""):
        for finding in examine(out):
            found.append(finding)
            if not (as_json or quiet):
                _say(finding)
    if as_json:
        typer.echo(json.dumps([asdict(finding) for finding in found], indent=1))
    raise typer.Exit(_sum_up(found, quiet=quiet or as_json))


def _say(finding: Finding) -> None:
    advice = f". {finding.advice}" if finding.advice else ""
    typer.echo(f"{finding.status:{_WIDE}} {finding.topic:{_WIDE}}  {printable(finding.says)}{advice}")


def _sum_up(found: Sequence[Finding], *, quiet: bool) -> int:
    """Say in a sentence whether videmo works; return the exit code."""
    faults = [finding for finding in found if finding.status == "fault"]
    warnings = [finding for finding in found if finding.status == "warning"]
    for finding in faults if quiet else ():
        say_error(f"{finding.topic}: {finding.says}. {finding.advice}")
    if not quiet:
        beside = f", with {counted(len(warnings), 'warning')}" if warnings else ""
        typer.echo(f"\n{counted(len(faults), 'fault')} in the way." if faults else f"\nvidemo works here{beside}.")
    return 1 if faults else 0
