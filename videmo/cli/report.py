"""``videmo report``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from videmo.cli.console import Config, Debug, Quiet, printable, say_error
from videmo.cli.options import Plots, Report, Smoothing, Step, given


def report(
    out: Annotated[Path, typer.Argument(metavar="OUT", help="A folder of results.")],
    step: Step = None,
    smoothing: Smoothing = None,
    plots: Plots = None,
    report: Report = None,
    config: Config = None,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Redo persons, timelines, episodes, summaries, plots and pages from the observations, without touching the videos.

    Settings are those of the first run, changed by --config and options. Recordings of [bold]videmo live[/bold] that
    broke off are finished first.

    Example: videmo report results --step 1 --smoothing 2
    """
    from videmo.batch.report import report_folder
    from videmo.live.record import finish_broken_off

    for key in finish_broken_off(out):
        if not quiet:
            typer.echo(f"{printable(key)} broke off while it was recorded: finished from what was saved.")
    overrides = given({"timeline.step_s": step, "timeline.smoothing_s": smoothing})
    drawn, paged = plots is not False, report is not False
    done = report_folder(out, config, overrides, plots=drawn, report=paged)
    if not quiet:
        parts = ["tables", *(["plots"] if drawn else []), *(["pages"] if paged else [])]
        what = " and ".join(filter(None, (", ".join(parts[:-1]), parts[-1]))).capitalize()
        typer.echo(f"{what} of {len(done.keys)} recordings redone in {printable(str(out))}.")
        if done.stale_videos:
            typer.echo(
                f"{done.stale_videos} annotated videos no longer matched and were removed: "
                f"run 'videmo annotate {printable(str(out))}'."
            )
    for failure in done.failures:
        say_error(failure)
    raise typer.Exit(1 if done.failures else 0)
