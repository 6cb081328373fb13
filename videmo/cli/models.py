"""Run ``videmo models``."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from videmo.cli.console import Debug, folder_option
from videmo.errors import UsageError

if TYPE_CHECKING:
    from videmo.weights.listing import Network

app = typer.Typer(no_args_is_help=True, help="List and fetch networks.")
_WIDTH = 100
"""Of the lines of a list."""


@app.callback()
def _models() -> None:
    """List and fetch networks."""


@app.command("list")
def list_models(debug: Debug = False) -> None:
    """List all networks: what each is for, how large it is, what it learned from, and on which terms.

    Example: videmo models list
    """
    from videmo.weights.listing import KINDS, networks

    for kind, purpose in KINDS.items():
        typer.echo(f"{kind}: {purpose}")
        for network in networks():
            if network.kind == kind:
                typer.echo(_entry(network))


@app.command()
def show(
    name: Annotated[str, typer.Argument(metavar="NAME|FILE", help="A network that ships, or a .tflite file.")],
    debug: Debug = False,
) -> None:
    """Show the card of a network: how it was made, what it learned from, and how good it is.

    Example: videmo models show broad
    """
    from videmo.weights import current_name
    from videmo.weights.listing import known_card
    from videmo.weights.page import card_page

    typer.echo(card_page(known_card(name), current_name(name)))


@app.command()
def pull(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Name of the network: yunet.")],
    into: Annotated[Path | None, folder_option("Folder.  \\[default: the user's cache]", "--into")] = None,
    debug: Debug = False,
) -> None:
    """Fetch a network from its official address and verify it.

    Example: videmo models pull yunet
    """
    from videmo.weights.fetch import MODELS, folder
    from videmo.weights.fetch import pull as fetch
    from videmo.weights.listing import worded_terms

    if name not in MODELS:
        raise UsageError(name, "not a network that can be fetched", f"one of {', '.join(MODELS)}")
    model, target = MODELS[name], into or folder()
    new = fetch(model, target)
    state = "fetched and verified" if new else "already there"
    typer.echo(f"{target / model.file}: {state}. Terms: {worded_terms(model.terms)}")


def _entry(network: Network) -> str:
    """Describe a network in a few lines."""
    from videmo.weights.listing import worded_terms

    title = f"{network.name} (default)" if network.default else network.name
    size = "" if network.size is None else f", {_size(network.size)}"
    lines = [f"  {title}{size}; {network.place}"]
    for text in (network.about, f"terms: {worded_terms(network.terms)}"):
        lines += textwrap.wrap(text, _WIDTH, initial_indent="      ", subsequent_indent="        ")
    return "\n".join(lines)


def _size(count: int) -> str:
    """Word a number of bytes."""
    return f"{count / 1e6:.1f} MB" if count >= 1e6 else f"{count / 1e3:.0f} kB"
