"""Print what ``videmo analyze`` would do."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from videmo.cli.console import printable, worded
from videmo.cli.options import as_options
from videmo.errors import Given, UsageError

if TYPE_CHECKING:
    from videmo.batch.redoing import OtherSettings
    from videmo.batch.shards import Shard
    from videmo.records import Source
    from videmo.settings import Settings

_AGREE = "Add --overwrite to have them analysed again; or choose the settings of then, or another folder with --out."


def with_flags(error: OtherSettings) -> UsageError:
    """Call settings by their options, and name the one that agrees."""
    differing = as_options(error.differing())
    return UsageError(Given("out", error.subject), error.found.replace(error.differing(), differing), advice=_AGREE)


def print_plan(
    sources: list[Source],
    out: Path,
    settings: Settings,
    jobs: int,
    overwrite: bool,
    file: Path | None,
    part: Shard | None,
    lengths: Mapping[str, float] | None,
) -> None:
    """Print what a run would do, and write a plan of how long the recordings are into a file.

    Of a shard, ``lengths`` are those by which the work is shared, if a plan is given; no file is written.
    """
    from videmo.batch.run import plan_batch, steps_of
    from videmo.batch.shards import agreement_of, plan_text
    from videmo.files import write_text
    from videmo.results.folder import ResultsFolder
    from videmo.results.shards import ShardNotes

    if part is not None:
        ShardNotes(ResultsFolder(out)).refuse_others(agreement_of(part, settings, lengths))
    foreseen = plan_batch(
        sources, out, settings, jobs=jobs, overwrite=overwrite, shard=None if part is None else part.index
    )
    if file is not None and part is None:
        works = ((source.key, work) for source, work in foreseen.works)
        found = {key: work.recording.duration_s or 0.0 for key, work in works if not isinstance(work, str)}
        write_text(file, plan_text(found))
        typer.echo(f"written  {printable(str(file))}")
    for source, plan in foreseen.works:
        if isinstance(plan, str):
            typer.echo(f"would fail   {printable(plan)}")
        elif not plan.anything:
            typer.echo(f"would skip   {printable(source.key)}: finished")
        else:
            length = f"{plan.recording.duration_s:.1f} s" if plan.recording.duration_s else "length unknown"
            doing = ", ".join(steps_of(plan))
            typer.echo(f"would do     {printable(source.key)}: {doing or 'finish'} ({length})")
    if foreseen.refusal is not None:
        typer.echo(f"Not without --overwrite: {worded(with_flags(foreseen.refusal))}")
    else:
        for note in foreseen.notes:
            typer.echo(printable(note))
