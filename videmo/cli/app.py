"""Put the command ``videmo`` together from its subcommands."""

from __future__ import annotations

import sys
from typing import Annotated, Any

import typer

from videmo.cli import (
    analyze,
    annotate,
    cascade,
    cluster,
    doctor,
    evaluate,
    export,
    forget,
    gather,
    live,
    models,
    opening,
    people,
    probe,
    prune,
    report,
    status,
    study,
    train,
)
from videmo.cli.console import guarded, interruptible
from videmo.cli.help import Group, word_commands
from videmo.cli.interrupts import INTERRUPTED, leave, requests_raise
from videmo.cli.welcome import welcome


class _Commands(Group):
    """All commands, each of which ends with a sentence when it is asked to stop."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Take addresses of files of this machine for their paths; what is watched live may not be a file's address."""
        return super().parse_args(ctx, args if args[:1] == ["live"] else [_with_path(each) for each in args])

    def invoke(self, ctx: Any) -> Any:
        with requests_raise(), interruptible(""):
            return super().invoke(ctx)


def _with_path(argument: str) -> str:
    option, equals, value = argument.partition("=") if argument.startswith("-") else ("", "", argument)
    if not value.startswith("file:/"):
        return argument
    from videmo.store.places import named

    return f"{option}{equals}{named(value)}"


app = typer.Typer(
    name="videmo",
    cls=_Commands,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help=(
        "Emotion timelines from folders of recordings: what faces show, when, whose, and with what certainty.\n\n"
        "Start with: [bold]videmo analyze FOLDER --out RESULTS[/bold]"
    ),
    epilog="A displayed expression is not a felt emotion. The README says what the results mean and whom they are for.",
)
app.command("analyze")(analyze.analyze)
app.command("doctor")(doctor.doctor)
app.command("open")(opening.open_page)
app.command("live")(live.live)
app.command("probe")(probe.probe)
app.command("report")(report.report)
app.command("annotate")(annotate.annotate)
app.command("export")(export.export)
app.command("people")(people.people)
app.command("forget")(forget.forget)
app.command("prune")(prune.prune)
app.command("gather")(gather.gather)
app.command("status")(status.status)
app.command("cluster-script")(cluster.cluster_script)
app.add_typer(study.app, name="study")
app.add_typer(train.app, name="train")
app.add_typer(cascade.app, name="cascade")
app.add_typer(evaluate.app, name="evaluate")
app.add_typer(models.app, name="models")
word_commands(app)


@app.callback(invoke_without_command=True)
def _root(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version and exit.")] = False,
) -> None:
    if version:
        from videmo.version import __version__

        typer.echo(f"videmo {__version__}")
        raise typer.Exit
    if context.invoked_subcommand is None:
        welcome()


def main() -> None:
    """Run the command line; never return."""
    code = guarded(app)
    if code == INTERRUPTED:
        leave(code)
    sys.exit(code)
