"""Run ``videmo people``."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from videmo.cli.console import Debug, Jobs, Quiet, cores, interruptible, printable, say_error
from videmo.cli.words import counted, no_results_of, some
from videmo.errors import Given, UsageError
from videmo.progress import progress_for

if TYPE_CHECKING:
    from videmo.batch.matching import Matched

_EXAMPLES = """[bold]Examples[/bold]

videmo people results\n
videmo people results --match\n
videmo people results --serve

[bold]Within a recording[/bold]: fill in name or merge_into in its people.csv.

[bold]Across recordings[/bold]: --match compares the faces of all persons and proposes who is one participant, in
cast.csv to edit and on cast.html to look at. What cast.csv says already stays; persons who are new are added. On the
page of --serve, which only this machine can open, decisions are saved straight into cast.csv.

Then [bold]videmo report OUT[/bold] carries the names into every table, plot and page, and [bold]videmo annotate
OUT[/bold] into the videos.
"""


def people(
    out: Annotated[Path, typer.Argument(metavar="OUT", help="A folder of results.")],
    match: Annotated[bool, typer.Option("--match", help="Propose who is who over all recordings.")] = False,
    serve: Annotated[bool, typer.Option("--serve", help="The same, on a page in your browser that can save.")] = False,
    port: Annotated[int, typer.Option(min=0, max=65535, help="With --serve: port of the page; 0 for any.")] = 0,
    no_open: Annotated[
        bool, typer.Option("--no-open", help="With --serve: print the address without opening a browser.")
    ] = False,
    jobs: Jobs = None,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Name the persons of recordings, and say who is who across them."""
    if (port or no_open) and not serve:
        raise UsageError(Given("port" if port else "no_open"), "there is no page without serving it")
    if match or serve:
        _match(out, serve=serve, port=port, no_open=no_open, jobs=jobs, quiet=quiet)
    else:
        _templates(out, quiet=quiet)


def _templates(out: Path, *, quiet: bool) -> None:
    from videmo.batch.people import write_templates

    done = write_templates(out)
    if quiet:
        return
    for path in done.written:
        typer.echo(f"written  {printable(str(path))}")
    for path in done.kept:
        typer.echo(f"kept     {printable(str(path))}")
    if done.written or done.kept:
        typer.echo(f"Fill in name or merge_into, then run 'videmo report {printable(str(out))}'.")
    else:
        typer.echo(f"{printable(str(out))}: no persons were found in these recordings.")


def _match(out: Path, *, serve: bool, port: int, no_open: bool, jobs: int | None, quiet: bool) -> None:
    from videmo.batch.matching import match_people

    with interruptible(), progress_for(quiet=quiet) as progress:
        matched = match_people(out, jobs=jobs or cores(), advanced=progress.inspected)
    for failure in matched.failures:
        say_error(failure)
    if not quiet:
        _tell(matched, out, served=serve)
    if serve:
        _serve(matched, out, port=port, no_open=no_open, quiet=quiet)
    raise typer.Exit(1 if matched.failures else 0)


def _tell(matched: Matched, out: Path, *, served: bool) -> None:
    persons = len(matched.plan.persons)
    participants = len({person.role.participant for person in matched.plan.persons} - {""})
    typer.echo(
        f"{counted(persons, 'person')} in the recordings, {counted(participants, 'participant')}: "
        f"{matched.kept} as {matched.cast.name} said before, {matched.added} added."
    )
    if matched.merged:
        shown = some([f"person {role.person} of {role.recording}" for role in matched.merged])
        typer.echo(f"Left out, because people.csv merges them into others: {shown}.")
    if matched.unknown:
        typer.echo(
            f"Faces cannot be recognised in {counted(len(matched.unknown), 'recording')} ({some(matched.unknown)}): "
            "what recognises them was deleted, never made, or made by another version. Analyse them again to have "
            "them matched."
        )
    if matched.elsewhere:
        typer.echo(no_results_of(matched.elsewhere))
    typer.echo(f"written  {printable(str(matched.cast))}")
    if not served:
        typer.echo(f"written  {printable(str(matched.page))}")
        typer.echo(f"Look at the page, correct the table, then run 'videmo report {printable(str(out))}'.")


def _serve(matched: Matched, out: Path, *, port: int, no_open: bool, quiet: bool) -> None:
    from videmo.batch.serving import serve_cast
    from videmo.loopback import open_in_browser
    from videmo.results.folder import ResultsFolder

    server = serve_cast(ResultsFolder(out), matched.plan, port=port)
    try:
        typer.echo(f"Who is who: {server.address}")
        if not quiet:
            typer.echo("Only this machine can open it. Stop with Ctrl-C.")
        if not no_open:
            open_in_browser(server.address)
        threading.Event().wait()
    except KeyboardInterrupt:
        if not quiet:
            typer.echo(f"Stopped. Run 'videmo report {printable(str(out))}' to carry the names into the results.")
    finally:
        server.close()


people.__doc__ = f"{people.__doc__}\n\n{_EXAMPLES}"
