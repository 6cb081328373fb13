"""Run ``videmo status``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from videmo.cli.console import printable
from videmo.cli.words import counted

if TYPE_CHECKING:
    from videmo.batch.status import RunStatus

_SILENT_S: int = 90
"""After how long without a word a run is doubtful: it tells something every 20 seconds, and clocks differ."""
_MOST: int = 10


def status(
    out: Annotated[Path, typer.Argument(metavar="OUT", help="A folder of results in which recordings are analysed.")],
) -> None:
    """Show how far a run has come, or all shards of it: recordings, time left, failures, and what each machine does.

    Example: videmo status results

    For programs, run-status.json in that folder says the same; each shard has one of its own.

    Exit code: 0 all is well or over, 1 something failed, broke off or gives no sign of life, 2 wrong usage.
    """
    from videmo.batch.status import read_statuses
    from videmo.results.folder import ResultsFolder

    told = read_statuses(ResultsFolder(out))
    for each in told.statuses:
        typer.echo(_line(each))
    if len(told.statuses) + len(told.absent) > 1:
        typer.echo(_together(told.statuses, len(told.absent)))
    if told.ungathered:
        typer.echo(f"{counted(told.ungathered, 'shard')} began before this run; run 'videmo gather' for them.")
    _print_hosts(told.statuses)
    _print_failures(told.statuses)
    raise typer.Exit(any(each.failed or _doubtful(each) for each in told.statuses))


def _line(status: RunStatus) -> str:
    who = f"shard {status.shard}" if status.shard else "run"
    done = status.analysed + status.renewed + status.skipped + status.failed
    parts = [
        f"{who} on {printable(status.host)}: {_state(status)}",
        f"{done} of {counted(status.recordings, 'recording')}",
    ]
    if status.failed:
        parts.append(f"{status.failed} failed")
    if status.state == "running":
        parts.append(f"{status.share:.0%}")
        parts.append(f"{status.frames_per_second:.0f} frames/s")
        if status.seconds_left is not None:
            parts.append(f"about {_duration(status.seconds_left)} left")
    return ", ".join(parts)


def _state(status: RunStatus) -> str:
    from videmo.batch.status import age_s

    silent = f" (no sign of life for {_duration(age_s(status))})" if _silent(status) else ""
    return f"{status.state}{silent}"


def _silent(status: RunStatus) -> bool:
    from videmo.batch.status import age_s

    return status.state in ("inspecting", "running") and age_s(status) > _SILENT_S


def _doubtful(status: RunStatus) -> bool:
    return status.state in ("interrupted", "broken off") or _silent(status)


def _together(statuses: tuple[RunStatus, ...], absent: int) -> str:
    done = sum(each.analysed + each.renewed + each.skipped + each.failed for each in statuses)
    at_work = [each for each in statuses if each.state == "running"]
    parts = [f"together: {done} of {counted(sum(each.recordings for each in statuses), 'recording')}"]
    parts += [f"{sum(each.frames_per_second for each in at_work):.0f} frames/s"] if at_work else []
    left = [each.seconds_left for each in at_work if each.seconds_left is not None]
    parts += [f"about {_duration(max(left))} left"] if left else []
    parts += [f"{counted(absent, 'shard')} not begun"] if absent else []
    return ", ".join(parts)


def _print_hosts(statuses: tuple[RunStatus, ...]) -> None:
    frames: dict[str, list[float]] = {}
    for status in statuses:
        for name, share in status.hosts.items():
            sums = frames.setdefault(name, [0.0, 0.0, 0.0, 0.0])
            for place, value in enumerate((share.tasks, share.frames, share.busy_s, share.failed)):
                sums[place] += value
    for name, (tasks, seen, busy_s, failed) in sorted(frames.items()):
        rate = f", {seen / busy_s:.0f} frames/s in each worker" if busy_s else ""
        bad = f", {counted(int(failed), 'recording')} failed" if failed else ""
        typer.echo(f"  {printable(name)}: {counted(int(tasks), 'task')}, {int(seen):,} frames{rate}{bad}")


def _print_failures(statuses: tuple[RunStatus, ...]) -> None:
    failures = [failure for status in statuses for failure in status.failures]
    for failure in failures[:_MOST]:
        typer.echo(f"  failed: {printable(failure['reason'])}")
    rest = sum(each.failed for each in statuses) - len(failures[:_MOST])
    if rest > 0:
        typer.echo(f"  … and {rest} more")


def _duration(seconds: float) -> str:
    from videmo.progress import duration

    return duration(seconds)
