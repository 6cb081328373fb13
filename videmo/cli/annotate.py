"""Run ``videmo annotate``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from videmo.cli.analyze import print_failures
from videmo.cli.console import Debug, Jobs, Quiet, Recordings, cores, interruptible, printable
from videmo.cli.options import KeptAnonymize, KeptAudio, Quality, given
from videmo.cli.words import counted


def annotate(
    out: Annotated[Path, typer.Argument(metavar="OUT", help="A folder of results, or that of one recording.")],
    recordings: Annotated[
        list[str] | None,
        typer.Argument(metavar="RECORDING", help="As in recordings.csv, or the end of it.  \\[default: all]"),
    ] = None,
    jobs: Jobs = None,
    audio: KeptAudio = None,
    anonymize: KeptAnonymize = None,
    quality: Quality = None,
    look_in: Recordings = None,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Write the annotated videos again, from the tables; nothing is analysed again.

    With hidden faces, pictures of faces are taken out of the recordings' pages too, and what recognises people is
    deleted: for videmo people --match they have to be analysed again.

    Example: videmo annotate results --quality 18 --anonymize blur

    Example: videmo annotate results anna.mp4
    """
    from videmo.batch.run import rewrite_videos
    from videmo.progress import progress_for

    overrides = {
        "annotation.enabled": True,
        **given({"annotation.audio": audio, "annotation.quality": quality, "anonymize.how": anonymize}),
    }
    with interruptible(), progress_for(quiet=quiet, jobs=jobs or cores(), videos=True) as progress:
        result = rewrite_videos(
            out,
            overrides,
            recordings=recordings or (),
            look_in=look_in,
            jobs=jobs or cores(),
            progress=progress,
        )
    if not quiet:
        written = sum(outcome.status == "renewed" for outcome in result.outcomes)
        typer.echo(f"{counted(written, 'annotated video')} written in {printable(str(result.out))}.")
        if written and anonymize not in (None, "none"):
            typer.echo("Pages show no faces of these either, and what recognises people in them is deleted.")
    raise typer.Exit(print_failures(result, debug=debug))
