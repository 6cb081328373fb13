"""Run ``videmo study``."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from videmo.cli.console import Debug, Quiet, a_folder, printable
from videmo.cli.words import counted
from videmo.machine import ONE_THREAD

app = typer.Typer(
    no_args_is_help=True,
    help=(
        "From recordings to results: segments, comparisons, time courses, dyads, coders, a page, a methods paragraph."
        "\n\n"
        "Start with: [bold]videmo study init RESULTS --to STUDY[/bold]"
    ),
)
_FORMATS = "psychopy, gorilla, eprime, boris, bids, elan, textgrid, vtt, srt, facereader"
Study = Annotated[Path, typer.Argument(metavar="STUDY", help="Folder of a study.")]


@app.callback()
def _study() -> None:
    """From recordings to results."""
    # Before numpy is loaded. Products of its small matrices in several threads take many times as long on a busy
    # machine, since the threads wait for each other; and with one, sums don't depend on how many there are.
    for name, value in ONE_THREAD.items():
        os.environ.setdefault(name, value)


@app.command("init")
def init(
    results: Annotated[Path, typer.Argument(metavar="RESULTS", help="A folder of results of videmo analyze.")],
    to: Annotated[Path, typer.Option("--to", metavar="STUDY", callback=a_folder, help="Folder for the study.")],
    title: Annotated[str, typer.Option(help="Title of the study.  \\[default: the folder's name]")] = "",
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Write participants.csv, cast.csv, events.csv and study.toml, filled in as far as can be guessed.

    Files that are there already are left unchanged. Participants are told apart by who is who in the results
    (cast.csv), else by BIDS names (sub-01), else by top folders, else by names such as P01_film (participant_condition)
    where these can be read in one way only, else each recording is one; a second person who is seen long is a
    participant too, and both are a dyad.

    Example: videmo study init results --to study
    """
    from videmo.pipeline.study.begin import begin_study

    begun = begin_study(results, to, title)
    if quiet:
        return
    for path in begun.written:
        typer.echo(f"written  {printable(str(path))}")
    for path in begun.kept:
        typer.echo(f"kept     {printable(str(path))}")
    for note in begun.notes:
        typer.echo(f"note     {printable(note)}")
    typer.echo(f"{counted(begun.guess.people, 'participant')}, told apart by {begun.guess.how}.")
    typer.echo(f"Fill them in, then run 'videmo study check {printable(str(to))}'.")


@app.command("check")
def check(study: Study, quiet: Quiet = False, debug: Debug = False) -> None:
    """Say what would be compared with how many, who is left out and why, and what is odd. Nothing is written.

    Example: videmo study check study
    """
    from videmo.pipeline.study.begin import check_study

    found = check_study(study)
    if quiet:
        return
    placed = {each.participant_id for each in found.study.design.placements}
    typer.echo(
        f"{counted(len(found.study.inputs.participants.people), 'participant')}, {len(placed)} of them in recordings; "
        f"{found.used} of {counted(found.segments, 'segment')} used."
    )
    for reason in found.unused:
        typer.echo(f"unused   {reason}")
    for planned in found.planned:
        mark = "  (primary)" if planned.primary else ""
        cannot = "" if planned.telling else "  – too few for any p of .05 or less"
        cannot = cannot if planned.possible else "  – too few to compare"
        typer.echo(
            f"compare  {printable(planned.contrast)}  {planned.design}, {printable(planned.counts)}{mark}{cannot}"
        )
    for line in found.left_out:
        typer.echo(f"out      {printable(line)}")
    for remark in (*found.remarks, *found.study.remarks):
        typer.echo(f"odd      {printable(str(remark))}")


@app.command("run")
def run(study: Study, quiet: Quiet = False, debug: Debug = False) -> None:
    """Make the tables, figures and pages of a study. What is up to date is skipped.

    Example: videmo study run study
    """
    from videmo.batch.study import bring_study_up_to_date

    done = bring_study_up_to_date(study, say=lambda words: None if quiet else typer.echo(f"{words} …"))
    if quiet:
        return
    if not done.done:
        typer.echo("Everything is up to date.")
    for remark in done.update.study.remarks:
        typer.echo(f"odd: {printable(str(remark))}")
    typer.echo(f"Open {printable(str(done.update.folder.first_to_open))}")


@app.command("events")
def events(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Files of another program.")],
    kind: Annotated[str, typer.Option("--from", metavar="FORMAT", help=f"One of {_FORMATS}.")],
    to: Annotated[Path, typer.Option("--to", metavar="STUDY", help="Folder of the study.")],
    only: Annotated[
        list[str] | None, typer.Option(help="A component, tier or behaviour that counts; may be repeated.")
    ] = None,
    label: Annotated[
        str, typer.Option(metavar="COLUMN", help="Column of the log that says what is compared, such as the condition.")
    ] = "",
    stimulus: Annotated[str, typer.Option(metavar="COLUMN", help="Column of the log that says which item.")] = "",
    participant: Annotated[str, typer.Option(help="Whose events they are, where the files don't say.")] = "",
    recording: Annotated[str, typer.Option(help="In which recording, whatever the files say.")] = "",
    camera: Annotated[
        str,
        typer.Option(metavar="COMPONENT", help="Component of PsychoPy that recorded, if its name doesn't say so."),
    ] = "",
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace an existing table of events.")] = False,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Write events.csv from the log of another program, which says when something was shown.

    Where the log says when the recording began, as those of PsychoPy with a camera do, offset_s is filled into
    cast.csv, but never over what is there.

    Example: videmo study events data/*.csv --from psychopy --only movie --label film --to study
    """
    from videmo.errors import StudyError
    from videmo.pipeline.study.bring import bring_events
    from videmo.study.importers.imported import Options
    from videmo.study.importers.placed import NAMED, UnplacedError

    options = Options(tuple(only or ()), participant, recording, label, stimulus, camera)
    try:
        done = bring_events(files, kind, to, options, overwrite=overwrite)
    except UnplacedError as exc:
        advice = f"{NAMED}, or say with --recording in which the events of all are, '*' for everybody's."
        raise StudyError(exc.subject, exc.found, advice=advice) from exc
    if quiet:
        return
    typer.echo(f"{counted(len(done.imported.rows), 'event')} written in {printable(str(done.path))}.")
    for each in done.filled:
        whose = printable(" ".join(filter(None, [each.offset.participant, each.offset.session])) or each.offset.log)
        said = f"{whose}: offset_s = {each.offset.offset_s:.3f}"
        if each.why_not:
            typer.echo(f"kept     {said} is not written: {printable(each.why_not)}")
        else:
            where = printable(", ".join(each.recordings))
            typer.echo(f"offset   {said} of {where}, {'written in' if each.written else 'as it is in'} cast.csv")
    for note in done.imported.notes:
        typer.echo(f"note     {printable(note)}")


@app.command("sync")
def sync(
    study: Study,
    recording: Annotated[str, typer.Argument(metavar="[RECORDING]", help="Key of a recording, as in cast.csv.")] = "",
    marker: Annotated[
        list[str] | None,
        typer.Option(metavar="EVENT=SEEN", help="Time of a marker in the log, and in the recording; two or more."),
    ] = None,
    markers: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Table of markers: recording, event, seen.")
    ] = None,
    zero_utc: Annotated[
        str, typer.Option(metavar="TIME", help="When the clock of the log read 0, with its zone.")
    ] = "",
    start_utc: Annotated[str, typer.Option(metavar="TIME", help="When the recording began, with its zone.")] = "",
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Find where the clock of the events lies in a recording, and fill offset_s and rate into cast.csv.

    From two markers that are seen in both, such as a flash or a clap near the beginning and near the end; more are
    fitted by least squares. Or from two points in time.

    Example: videmo study sync study anna.mp4 --marker 3.2=5.71 --marker 612.4=615.08

    Example: videmo study sync study anna.mp4 --zero-utc 2026-03-01T14:05:09Z --start-utc 2026-03-01T14:05:02.5Z
    """
    from videmo.errors import UsageError
    from videmo.pipeline.study.sync import parse_marker, sync_by_markers, sync_by_times
    from videmo.study.cells import point_in_time

    by_times, by_markers = bool(zero_utc or start_utc), bool(marker or markers)
    if by_times == by_markers:
        found = "two ways to find the clock" if by_times else "no way to find the clock"
        raise UsageError("sync", found, "--marker or --markers, or --zero-utc with --start-utc")
    if (marker or by_times) and not recording:
        raise UsageError("sync", "no recording", "the key of one, as in cast.csv")
    if by_times:
        zero, start = point_in_time(zero_utc, "--zero-utc"), point_in_time(start_utc, "--start-utc")
        done = sync_by_times(study, recording, zero, start)
    else:
        done = sync_by_markers(study, [parse_marker(text, recording) for text in marker or []], markers, recording)
    if quiet:
        return
    for each in done.found:
        from_what = f"from {counted(each.markers, 'marker')}" if each.markers else "from points in time"
        clock = f"offset_s = {each.clock.offset_s:.6f}, rate = {each.clock.rate:.9f}"
        typer.echo(f"{printable(each.recording)}: {clock}, {from_what}")
        for note in each.notes:
            typer.echo(f"note     {note}")
    typer.echo(f"written  {printable(str(done.path))}")


@app.command("report")
def report(study: Study, quiet: Quiet = False, debug: Debug = False) -> None:
    """Draw the figures and write the page and methods.md again; tables stay unless they are out of date.

    Example: videmo study report study
    """
    from videmo.batch.study import bring_study_up_to_date

    redone = ("figures", "page")
    done = bring_study_up_to_date(study, anew=redone, say=lambda words: None if quiet else typer.echo(f"{words} …"))
    if not quiet:
        typer.echo(f"Open {printable(str(done.update.folder.first_to_open))}")


@app.command("code")
def code(
    study: Study,
    clips: Annotated[bool, typer.Option(help="Cut each segment out of its recording, without sound.")] = True,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Draw a random sample of segments for human coders: codes.csv to fill in, clips, projects for ELAN and BORIS.

    The share of each label is coding.share in study.toml, 10 % by default. Once the columns coder and code are filled
    in, 'videmo study run' compares coders with each other and with videmo.

    Example: videmo study code study
    """
    from videmo.pipeline.study.coding import Planned, draw_for_coders

    def say(planned: Planned) -> None:
        if not quiet:
            about = f"{planned.length_s:.0f} s, about {planned.size_bytes / 1e6:,.1f} MB"
            typer.echo(f"cutting  {counted(planned.clips, 'clip')} of {about} …")

    drawn = draw_for_coders(study, clips=clips, say=say)
    if quiet:
        return
    if drawn.clips:
        folder = printable(str(study / "coding" / "clips"))
        typer.echo(f"written  {counted(drawn.clips, 'clip')} in {folder}, {drawn.clip_bytes / 1e6:,.1f} MB")
    for note in drawn.notes:
        typer.echo(f"note     {printable(note)}")
    for path in drawn.written:
        typer.echo(f"written  {printable(str(path))}")
    what = f"{counted(drawn.segments, 'segment')} of {counted(drawn.recordings, 'recording')}"
    typer.echo(f"{what} to code. Fill in coder and code; split a row where the code changes.")
