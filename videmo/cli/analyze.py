"""Run ``videmo analyze``."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from videmo.cli.console import (
    Config,
    Debug,
    Jobs,
    Quiet,
    cores,
    folder_option,
    interruptible,
    printable,
    say_error,
    say_failure,
)
from videmo.cli.foreseen import print_plan, with_flags
from videmo.cli.options import (
    Annotate,
    Anonymize,
    AssumeFps,
    Audio,
    ClassifierName,
    CsvStyle,
    DetectorName,
    Emotions,
    Fps,
    Identity,
    MaxSide,
    MinFace,
    Plots,
    Report,
    Rotate,
    Stream,
    given,
)
from videmo.cli.welcome import say_next
from videmo.cli.words import some
from videmo.errors import Given, UsageError

if TYPE_CHECKING:
    from videmo.batch.following import RunResult
    from videmo.batch.ignoring import Sorted
    from videmo.batch.shards import Shard

_EXAMPLES = """[bold]Examples[/bold]

videmo analyze interviews/ --out results\n
videmo analyze anna.mp4 ben.mov --fps 5\n
videmo analyze "day*/cam1-*.mkv" --no-annotate\n
videmo analyze interviews/ --dry-run\n
videmo analyze interviews/ --out results --ignore day2/broken.mp4\n
videmo analyze interviews/ --out results --shard 3/16

Finished recordings are skipped and unfinished ones resumed: after an interruption, run the same command again.

Results that were made with other settings are analysed again only with --overwrite.

Exit code: 0 all recordings analysed, 1 at least one failed, 2 wrong usage, 3 the cluster is gone, 130 interrupted.
"""


def analyze(
    paths: Annotated[
        list[str],
        typer.Argument(metavar="PATH", help="Files, folders or glob patterns; s3:// or gs://bucket/folder works too."),
    ],
    out: Annotated[Path, folder_option("Folder for the results; s3:// or gs://bucket/folder too.")] = Path("reports"),
    jobs: Jobs = None,
    engine: Annotated[
        str,
        typer.Option(
            metavar="ENGINE",
            help="What does the work: local (this machine), or a cluster of Dask as dask://HOST:PORT or the file of "
            "its scheduler; [bold]--jobs[/bold] then limits the tasks at a time.",
        ),
    ] = "local",
    fps: Fps = None,
    assume_fps: AssumeFps = None,
    stream: Stream = None,
    rotate: Rotate = None,
    detector: DetectorName = None,
    min_face: MinFace = None,
    max_side: MaxSide = None,
    classifier: ClassifierName = None,
    emotions: Emotions = None,
    identity: Identity = None,
    annotate: Annotate = None,
    plots: Plots = None,
    csv_style: CsvStyle = None,
    report: Report = None,
    audio: Audio = None,
    anonymize: Anonymize = None,
    ignore: Annotated[
        list[str] | None,
        typer.Option(
            "--ignore",
            metavar="NAME|@FILE",
            help="Leave out a recording or folder: its name, its path, or a pattern of these (day?/broken*); can be "
            "repeated. @FILE for a list, one per line.",
        ),
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Analyse finished recordings again.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would be done, without doing it.")] = False,
    shard: Annotated[
        str | None,
        typer.Option(
            metavar="I/N|auto",
            help="Do one of N parts of the work, for instance on one of N machines; auto in an array of SLURM or Grid "
            "Engine. Then [bold]videmo gather OUT[/bold].",
        ),
    ] = None,
    plan: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="With --dry-run: write how long each recording is. With --shard: share the work evenly by that.",
        ),
    ] = None,
    config: Config = None,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Analyse recordings: tables, plots, pages and annotated videos, in one folder per recording."""
    from videmo.batch.discover import find
    from videmo.batch.engines.choose import engine_named
    from videmo.batch.ignoring import sort_out
    from videmo.batch.redoing import OtherSettings, refuse_to_show
    from videmo.batch.run import run_batch
    from videmo.batch.shards import chosen, parse_shard, read_plan, run_shard
    from videmo.config import is_said, load_settings
    from videmo.progress import progress_for
    from videmo.results.folder import ResultsFolder

    settings = load_settings(
        config,
        given(
            {
                "reading.fps": fps,
                "reading.assume_fps": assume_fps,
                "reading.stream": stream,
                "reading.rotate": rotate,
                "detector.name": detector,
                "detector.min_size_px": min_face,
                "detector.max_side": max_side,
                "classifier.name": classifier,
                "classifier.emotions": emotions,
                "identity.enabled": identity,
                "annotation.enabled": annotate,
                "annotation.audio": audio,
                "anonymize.how": anonymize,
                "tables.csv_style": csv_style,
                "plots.enabled": plots,
                "report.enabled": report,
            }
        ),
    )
    kind, most = engine_named(engine, say_error)
    discovery = find(paths, out)
    sorted_out, notes = sort_out(discovery.sources, ignore or ()), discovery.in_words()
    sources = sorted_out.wanted
    if plan is not None and not (dry_run or shard):
        advice = "Use it with one of several shards, or to see what would be done."
        raise UsageError(Given("plan"), "there is nothing to share", advice=advice)
    part = parse_shard(shard) if shard else None
    lengths = read_plan(plan) if part is not None and plan else None
    if part is not None:
        sources = chosen(sources, part, lengths)
    if anonymize is None and not is_said("anonymize.how", config):
        refuse_to_show(sources, ResultsFolder(out), settings)
    if dry_run:
        print_plan(sources, out, settings, jobs or cores(), overwrite, plan, part, lengths)
        _print_ignored(sorted_out)
        _print_notes(notes)
        return
    run = (
        partial(run_batch, engine=kind, ignored=sorted_out.ignored)
        if part is None
        else partial(run_shard, engine=kind, ignored=sorted_out.ignored, shard=part, plan=lengths)
    )
    most_jobs = jobs or most or cores()
    try:
        with interruptible(), progress_for(quiet=quiet, jobs=most_jobs) as progress:
            result = run(sorted_out.wanted, out, settings, jobs=most_jobs, overwrite=overwrite, progress=progress)
    except OtherSettings as exc:
        raise with_flags(exc) from exc
    if not quiet:
        _print_closing(result, len(sorted_out.ignored), part)
        _print_idle(sorted_out)
        _print_notes([*notes, *result.notes])
        say_next(result, part)
    raise typer.Exit(print_failures(result, debug=debug))


def _print_ignored(found: Sorted) -> None:
    for key in found.ignored:
        typer.echo(f"would ignore {printable(key)}")
    _print_idle(found)


def _print_idle(found: Sorted) -> None:
    for name in found.idle:
        typer.echo(f"There is no {printable(name)} to ignore.")


def _print_closing(result: RunResult, ignored: int, shard: Shard | None) -> None:
    counts = {
        status: sum(outcome.status == status for outcome in result.outcomes)
        for status in ("analysed", "renewed", "skipped", "failed")
    }
    renewed = f", {counts['renewed']} renewed (not analysed again)" if counts["renewed"] else ""
    skipped = f", {counts['skipped']} skipped (finished before)" if counts["skipped"] else ""
    failed = f", {counts['failed']} failed" if counts["failed"] else ""
    left_out = f", {ignored} ignored" if ignored else ""
    part = f"Shard {shard.index} of {shard.count}: " if shard else ""
    done = f"{counts['analysed']} analysed{renewed}{skipped}{failed}{left_out}"
    typer.echo(f"{part}{done}. Results: {printable(str(result.out))}")
    _print_quality(result)
    for outcome in result.outcomes:
        for warning in outcome.warnings:
            typer.echo(f"  note: {printable(outcome.source.key)}: {printable(warning)}")


def _print_quality(result: RunResult) -> None:
    """Say of how many recordings the data are good, and name those where they are poor."""
    from videmo.settings import LIGHTS

    found = {word: [each.source.key for each in result.outcomes if each.quality == word] for word in LIGHTS}
    counts = [f"{len(keys)} {word}" for word, keys in found.items() if keys]
    if counts:
        names = f" ({some(found['poor'])})" if found["poor"] else ""
        typer.echo(f"Quality of the data: {', '.join(counts)}{names}.")


def _print_notes(notes: Sequence[str]) -> None:
    for note in notes:
        typer.echo(printable(note))


def print_failures(result: RunResult, *, debug: bool) -> int:
    """Say what failed and why; return the exit code."""
    for outcome in result.failed:
        say_failure(outcome.reason, outcome.details, debug=debug)
    return 1 if result.failed else 0


analyze.__doc__ = f"{analyze.__doc__}\n\n{_EXAMPLES}"
