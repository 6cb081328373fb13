"""Run ``videmo gather``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from videmo.cli.console import Debug, Quiet, printable, say_error, say_failure
from videmo.cli.words import counted

if TYPE_CHECKING:
    from videmo.batch.gathering import Gathered

_MOST: int = 10


def gather(
    out: Annotated[Path, typer.Argument(metavar="OUT", help="A folder of results in which shards have worked.")],
    give_up: Annotated[
        bool,
        typer.Option(
            "--give-up",
            help="Don't wait for what is missing: forget the shards, so that others, or a run of the whole folder, can "
            "begin. Results stay.",
        ),
    ] = False,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Write the tables and pages of a folder when its shards are done, and name what is missing.

    Example: videmo gather results

    Shards that were started by mistake: videmo gather results --give-up

    Exit code: 0 everything is there, 1 something failed, is cut off or is missing, 2 wrong usage.
    """
    from videmo.batch.gathering import gather as gather_shards

    found = gather_shards(out, give_up=give_up)
    if not quiet:
        failed = f", {len(found.failed)} failed" if found.failed else ""
        shards = f"{counted(found.count, 'shard')}: " if found.count else ""
        typer.echo(f"{shards}{counted(found.finished, 'recording')} finished{failed}.")
        for note in found.notes:
            typer.echo(printable(note))
    for failure in found.failed:
        say_failure(f"{failure.key}: {failure.reason}", "", debug=debug)
    for key, where in found.cut_off.items():
        say_failure(f"{key}: {where}", "", debug=debug)
    if give_up:
        _say_given_up(found, quiet=quiet)
    else:
        _say_missing(found)
    missing = not (found.complete or give_up)
    raise typer.Exit(1 if found.failed or found.cut_off or missing else 0)


def _say_given_up(found: Gathered, *, quiet: bool) -> None:
    if not quiet:
        missing = len({key for keys in (*found.missing.values(), *found.unseen.values()) for key in keys})
        without = [f"{counted(missing, 'recording')} missing"] if missing else []
        without += [f"{counted(len(found.absent), 'shard')} not begun"] if found.absent else []
        lacking = f" ({', '.join(without)})" if without else ""
        typer.echo(f"The shards are given up{lacking}: others can begin.")


def _say_missing(found: Gathered) -> None:
    for index in found.absent:
        say_error(f"shard {index}/{found.count} never began. Run it, then gather again.")
    for index, keys in found.missing.items():
        what = f"has not finished {_some(keys)}" if keys else "broke off before its end"
        say_error(f"shard {index}/{found.count} {what}. Run it again, then gather again.")
    for index, keys in found.unseen.items():
        what = f"did not find {_some(keys)}, which others found"
        say_error(f"shard {index}/{found.count} {what}. Run it again as the others were run, then gather again.")
    if not found.complete:
        say_error("To do without, so that other shards or a run of the whole folder can begin, add --give-up.")


def _some(keys: Sequence[str]) -> str:
    return ", ".join(printable(key) for key in keys[:_MOST]) + (" …" if len(keys) > _MOST else "")
