"""Run ``videmo models``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from videmo.cli.console import Debug
from videmo.errors import UsageError

app = typer.Typer(no_args_is_help=True, help="List and fetch networks.")


@app.callback()
def _models() -> None:
    """List and fetch networks."""


@app.command("list")
def list_models(debug: Debug = False) -> None:
    """List the networks that ship with videmo or can be fetched, and where they are.

    Example: videmo models list
    """
    from videmo.weights import FOLDER, card, shipped
    from videmo.weights.fetch import MODELS, folder

    for kind in ("detector", "classifier"):
        for name in shipped(kind):
            typer.echo(f"{kind:10}  {name}: ships with videmo, {FOLDER / name}.tflite ({card(name)['bytes']:,} bytes)")
    typer.echo("detector    haar: comes with OpenCV")
    for model in MODELS.values():
        path = folder() / model.file
        where = f"fetched, {path}" if path.is_file() else f"fetch it with 'videmo models pull {model.name}'"
        typer.echo(f"detector    {model.name}: {model.about}, licence {model.licence}; {where}")


@app.command()
def pull(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Name of the network: yunet.")],
    into: Annotated[Path | None, typer.Option("--into", help="Folder.  \\[default: the user's cache]")] = None,
    debug: Debug = False,
) -> None:
    """Fetch a network from its official address and verify it.

    Example: videmo models pull yunet
    """
    from videmo.weights.fetch import MODELS, folder
    from videmo.weights.fetch import pull as fetch

    if name not in MODELS:
        raise UsageError(name, "not a network that can be fetched", f"one of {', '.join(MODELS)}")
    model, target = MODELS[name], into or folder()
    new = fetch(model, target)
    typer.echo(f"{target / model.file}: {'fetched and verified' if new else 'already there'} ({model.licence})")
