"""Run ``videmo report``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from videmo.cli.console import Config, Debug, Quiet, Recordings, printable, say_error
from videmo.cli.options import KeptCsvStyle, Plots, Report, Smoothing, Step, given
from videmo.cli.words import counted, no_results_of, some

if TYPE_CHECKING:
    from videmo.batch.report import Reported


def report(
    out: Annotated[Path, typer.Argument(metavar="OUT", help="A folder of results.")],
    step: Step = None,
    smoothing: Smoothing = None,
    csv_style: KeptCsvStyle = None,
    plots: Plots = None,
    report: Report = None,
    look_in: Recordings = None,
    config: Config = None,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Update persons, timelines, episodes, summaries, plots and pages from the observations; nothing is analysed again.

    Settings are those of the earlier run unless --config or an option overrides them. Unfinished recordings of
    [bold]videmo live[/bold] are finished first.

    Example: videmo report results --step 1 --smoothing 2
    """
    from videmo.batch.report import report_folder
    from videmo.live.record import finish_broken_off

    for key in finish_broken_off(out):
        if not quiet:
            typer.echo(f"{printable(key)} was cut short: its tables were made from what had been recorded.")
    overrides = given({"timeline.step_s": step, "timeline.smoothing_s": smoothing, "tables.csv_style": csv_style})
    drawn, paged = plots is not False, report is not False
    done = report_folder(out, config, overrides, plots=drawn, report=paged, look_in=look_in)
    if not quiet:
        parts = ["tables", *(["plots"] if drawn else []), *(["pages"] if paged else [])]
        what = " and ".join(filter(None, (", ".join(parts[:-1]), parts[-1]))).capitalize()
        typer.echo(f"{what} of {counted(len(done.keys), 'recording')} updated in {printable(str(out))}.")
        if done.stale_videos:
            typer.echo(
                f"{counted(done.stale_videos, 'annotated video')} removed that no longer matched the tables. "
                f"Run 'videmo annotate {printable(str(out))}' to write them again."
            )
        _say_unseen(done, out)
        if done.elsewhere:
            typer.echo(no_results_of(done.elsewhere))
        for note in done.notes:
            typer.echo(printable(note))
    for failure in done.failures:
        say_error(failure)
    raise typer.Exit(1 if done.failures else 0)


def _say_unseen(done: Reported, out: Path) -> None:
    """Say whose recordings could not be seen, what that means for their pages, and what to do."""
    unseen = sorted([*done.pictured, *done.bare])
    if not unseen:
        return
    what = "keep the pictures that they had" if done.pictured else "have no pictures"
    if done.pictured and done.bare:
        what = f"keep the pictures that they had, and {counted(len(done.bare), 'page')} had none"
    typer.echo(
        f"{counted(len(unseen), 'recording')} not found where analysed, or changed since ({some(unseen)}): "
        f"pages {what}. If they lie elsewhere now, run 'videmo report {printable(str(out))} --recordings FOLDER'."
    )
