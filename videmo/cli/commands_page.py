"""Write what all commands say of themselves: ``python -m videmo.cli.commands_page docs/commands.md``."""

from __future__ import annotations

import itertools
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import typer

from videmo.cli.app import app

_HEAD: Final = """# Commands

<!-- Made by `make docs` from videmo/cli. -->

What `videmo COMMAND --help` says.
"""
_EXAMPLE: Final = re.compile(r"^Examples?:[ \n]+(?=videmo )(.*)$", re.MULTILINE)
_MARKUP: Final = re.compile(r"\[/?(?:bold|dim|italic|cyan|green|yellow|red)\]")


def commands_page() -> str:
    """Return the page, in Markdown."""
    command = typer.main.get_command(app)
    return "\n".join([_HEAD, *(part for name, each in walked(command, "videmo") for part in _section(name, each))])


def walked(command: Any, name: str) -> Iterator[tuple[str, Any]]:
    """Yield all commands that users see below one, each with its whole name."""
    for sub, each in getattr(command, "commands", {}).items():
        if not each.hidden:
            if not hasattr(each, "commands"):
                yield f"{name} {sub}", each
            yield from walked(each, f"{name} {sub}")


def _section(name: str, command: Any) -> Iterator[str]:
    arguments = [each for each in command.params if each.param_type_name == "argument"]
    options = [each for each in command.params if each.param_type_name == "option" and not each.hidden]
    usage = " ".join([name, *("[OPTIONS]" for _ in options[:1]), *map(_metavar, arguments)])
    yield f"## {name}\n\n```text\n{usage}\n```\n"
    yield f"{_plain(command.help or '')}\n"
    rows = [(f"`{_metavar(each)}`", each) for each in arguments]
    rows += [(", ".join(f"`{flag}`" for flag in (*each.opts, *each.secondary_opts)), each) for each in options]
    yield "| | |\n|---|---|"
    yield from (f"| {called} | {_cell(each)} |" for called, each in rows)
    if command.epilog:
        yield f"\n{_plain(command.epilog)}"
    yield ""


def _metavar(argument: Any) -> str:
    return str(argument.metavar or argument.name.upper())


def _cell(parameter: Any) -> str:
    kind = "" if getattr(parameter, "is_flag", False) or parameter.param_type_name == "argument" else parameter.metavar
    value = f"{kind}: " if kind else ""
    return f"{value}{_plain(getattr(parameter, 'help', None) or '')}".replace("|", "\\|").replace("\n", " ")


def _plain(text: str) -> str:
    """Leave out the marks of the terminal's markup; put commands into blocks."""
    plain = _MARKUP.sub("", text).replace("\b", "").replace("\\[", "[").strip()
    plain = _EXAMPLE.sub(r"Example:\n\n\1", plain)
    blocks = ("\n".join(group) for group in _blocks([part.strip() for part in plain.split("\n\n")]))
    return "\n\n".join(blocks)


def _blocks(parts: list[str]) -> Iterator[list[str]]:
    """Group parts: commands that follow each other in one block, the others by themselves."""
    for is_command, group in itertools.groupby(parts, lambda part: part.startswith("videmo ")):
        if is_command:
            yield ["```console", *(f"$ {part}" for part in group), "```"]
        else:
            yield from ([part.replace("<", "&lt;")] for part in group)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    Path(sys.argv[1]).write_text(commands_page(), encoding="utf-8", newline="\n")
