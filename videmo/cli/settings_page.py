"""Write pages of settings from their declarations: ``python -m videmo.cli.settings_page docs/settings.md``.

That of ``study.toml`` is called ``study-settings.md``.
"""

from __future__ import annotations

import dataclasses
import json
import re
import sys
import textwrap
import typing
from pathlib import Path

import typer

from videmo.cli.app import app
from videmo.cli.commands_page import walked
from videmo.cli.options import FLAGS
from videmo.settings import MOVED, Declared, Section, Settings, declared_in
from videmo.study.plan import Plan

_INTRODUCTION = """\
<!-- Made by `make docs` from videmo/settings/: change the settings there. -->

# Settings

Every setting has a default. A file of settings (`--config FILE`) takes precedence over the defaults, and the options of
the command line take precedence over the file. The file is written in [TOML](https://toml.io), with one table for each
section below, and only needs to name what differs from the defaults:

```toml
[reading]
fps = 5.0

[quality]
leave_out = ["small", "dark"]

[anonymize]
how = "blur"
```

An unknown name is an error, and the message suggests the nearest known one. The settings of a run are saved in each
recording's `run.json`.
"""
_FORMER = """\
## Former names

These names from earlier versions still work in files, and earlier results that contain them can be read.

| former name | name |
|---|---|
"""


_OF_STUDIES = """\
<!-- Made by `make docs` from videmo/study/plan.py: change the settings there. -->

# Settings of a study

All that `study.toml` may say, beside the formulas in `[measures]` and what codes mean in `[codes]` ([study](study.md)).
Everything has a default, and an unknown name is an error, with its line and the nearest known name. The comparison that
comes first may stand in `[study]`, too:
`primary = { measure = "mean", emotion = "happy", contrast = "label: funny - neutral" }`.
"""


def study_settings_page() -> str:
    """Return docs/study-settings.md: a table for each section."""
    kinds = [type(each.default) for each in dataclasses.fields(Plan) if isinstance(each.default, Section)]
    return "\n".join([_OF_STUDIES, *map(_section, kinds)])


def settings_page() -> str:
    """Return docs/settings.md: a table for each section, and the former names."""
    sections = [_section(kind) for kind in typing.get_type_hints(Settings).values()]
    former = _FORMER + "".join(f"| `{old}` | `{new}` |\n" for old, new in MOVED.items())
    return "\n".join([_INTRODUCTION, *sections, former])


def _section(kind: type[Section]) -> str:
    known = declared_in(kind).values()
    head = f"## `[{kind.section}]`\n\n{kind.__doc__}\n\n| setting | default | allowed | meaning |\n|---|---|---|---|\n"
    notes = (f"**`{each.name}`.** {each.setting.note}" for each in known if each.setting.note)
    return head + "".join(map(_row, known)) + "".join(f"\n{textwrap.fill(note, 120)}\n" for note in notes)


def _row(found: Declared) -> str:
    setting, flag = found.setting, FLAGS.get(found.name)
    default = f"`{json.dumps(found.default)}`"
    if found.default is None:
        default = f'`"{setting.unset}"`: {setting.unset_means}'
    meaning = f"{setting.sentence} {_option(flag)}" if flag else setting.sentence
    return f"| `{found.key}` | {default} | {_allowed(found)} | {meaning} |\n"


def _option(flag: str) -> str:
    """Name an option, and the commands that have it if 'analyze' doesn't."""
    commands = walked(typer.main.get_command(app), "videmo")
    known = [name for name, each in commands if any(flag.partition("/")[0] in option.opts for option in each.params)]
    of = "" if "videmo analyze" in known else f" of {' and '.join(f'`{name}`' for name in known)}"
    return f"Option{of}: `{flag}`."


def _allowed(found: Declared) -> str:
    """Say which values are allowed, with values and names as code."""
    if found.kind is bool:
        return "`true` or `false`"
    words = found.expected.replace(f"'{found.setting.unset}'", f'`"{found.setting.unset}"`')
    if found.setting.choices:
        return re.sub(rf"\b({'|'.join(found.setting.choices)})\b", r'`"\1"`', words)
    return re.sub(rf"\b{found.section}\.\w+", r"`\g<0>`", words) or ("texts" if found.kind is tuple else "any text")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    path = Path(sys.argv[1])
    page = study_settings_page() if path.name.startswith("study") else settings_page()
    path.write_text(page, encoding="utf-8", newline="\n")
