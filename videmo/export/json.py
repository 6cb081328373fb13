"""Write one JSON document per recording."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd

from videmo.export.contents import Contents, persons_of, printable
from videmo.files import replacing

_FACTS = ("videmo", "recording", "input", "result", "settings", "warnings")
"""Parts of the manifest that mean something elsewhere; the file's path on this machine doesn't."""
_TABLES = ("observations", "timeline", "episodes", "summary")
_ROWS_AT_ONCE = 10_000


def write(contents: Contents, stem: Path) -> list[Path]:
    """Write everything about a recording: facts, persons with names, and the four tables as lists of rows."""
    path = stem.with_name(f"{stem.name}.json")
    known = contents.manifest.as_dict()
    facts: dict[str, Any] = {name: known[name] for name in _FACTS}
    facts["media"] = printable(contents.media.name) if contents.media else None
    facts["persons"] = [{"person": person, "name": contents.called(person)} for person in persons_of(contents)]
    with replacing(path) as partial, partial.open("w", encoding="utf-8", errors="backslashreplace") as text:
        text.write("{\n")
        for name, value in facts.items():
            text.write(f"{_json(name)}: {_json(value)},\n")
        text.write('"tables": {')
        for place, name in enumerate(_TABLES):
            text.write(f"{',' if place else ''}\n{_json(name)}: [")
            for number, row in enumerate(_rows(getattr(contents.tables, name))):
                text.write(f"{',' if number else ''}\n{_json(row)}")
            text.write("\n]")
        text.write("\n}\n}\n")
    return [path]


def _rows(table: pd.DataFrame) -> Iterator[dict[str, Any]]:
    """Yield rows as objects, None for missing, numbers as plain numbers; in parts, because a table may be long."""
    for begin in range(0, len(table), _ROWS_AT_ONCE):
        part = table.iloc[begin : begin + _ROWS_AT_ONCE]
        yield from part.astype(object).where(part.notna(), None).to_dict(orient="records")


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)
