"""Put the tables of columns into the page of results: ``python -m videmo.cli.results_page docs/results.md``."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Final

from videmo.results.columns import Column
from videmo.results.dictionary import TABLES, Table

_PLACE: Final = re.compile(r"<!-- columns of (\w+)[^>]* -->\n.*?<!-- end -->", re.DOTALL)
_HEAD: Final = "| column | meaning | unit, values | since |\n|---|---|---|---|\n"


def results_page(text: str) -> str:
    """Return the text of docs/results.md, with what is declared of each table between its marks."""
    return _PLACE.sub(lambda found: _columns(TABLES[found[1]]), text)


def _columns(table: Table) -> str:
    rows = "".join(map(_row, table.columns))
    mark = f"<!-- columns of {table.name}, made by `make docs` from videmo/results/columns.py -->"
    return f"{mark}\n{table.about}\n\n{_HEAD}{rows}<!-- end -->"


def _row(column: Column) -> str:
    return f"| `{column.name}` | {column.meaning} | {_values(column)} | {column.since} |\n"


def _values(column: Column) -> str:
    """Say which values a column may have."""
    if column.words:
        return ", ".join(f"`{word}`" for word in column.words)
    if column.type == "text":
        return "text"
    most = "" if column.high is None else f" to {column.high:g}"
    said = "" if column.low is None else f"{column.low:g}{most}" if most else f"from {column.low:g}"
    whole = "whole number" if column.type == "whole number" else ""
    return ", ".join(part for part in (column.unit, whole, said) if part) or "number"


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    page = Path(sys.argv[1])
    page.write_text(results_page(page.read_text(encoding="utf-8")), encoding="utf-8", newline="\n")
