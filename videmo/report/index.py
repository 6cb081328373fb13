"""Build ``index.html``: all recordings of a folder on one page."""

from __future__ import annotations

import urllib.parse
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from videmo.measures.emotions import VOCABULARIES
from videmo.measures.registry import ALL_WORDS
from videmo.plots.style import COLOURS
from videmo.report.html import data_uri, json_block, render
from videmo.results.names import REPORT

STYLES: Final = ("base.css", "index.css")
SCRIPTS: Final = ("index.js",)


@dataclass(frozen=True, slots=True)
class IndexRow:
    """Describe one recording in the index."""

    key: str
    status: str
    """``ok``, ``incomplete`` or ``failed``."""
    reason: str = ""
    """Of a failure, or where the file is cut off."""
    duration_s: float = 0.0
    people: int = 0
    usable_share: float = 0.0
    quality: str = ""
    dominant: str = ""
    shares: tuple[float, ...] = ()
    """Shares of the time seen, over all persons, in the order of the emotions; empty without persons."""
    strip: str = ""
    """See `timeline.strip`."""
    thumbnail: bytes | None = None
    """JPEG."""
    page: bool = False
    """Whether the recording has a page of its own."""
    remarks: tuple[str, ...] = ()
    """What is odd about it beside the others, in words."""


def render_index(rows: Sequence[IndexRow], *, version: str, mixed: Mapping[str, Sequence[str]] | None = None) -> str:
    """Build the page of a folder.

    Args:
        rows: the recordings, in the order in which they are listed.
        version: of videmo, which wrote the results.
        mixed: settings that are not the same in all of them, with their values.
    """
    done = [row for row in rows if row.status != "failed"]
    lights = Counter(row.quality for row in done)
    words = ALL_WORDS[: max((len(row.shares) for row in done), default=0) or len(VOCABULARIES["five"])]
    return render(
        "index.html.j2",
        styles=STYLES,
        scripts=SCRIPTS,
        rows=[_shown(row) for row in rows],
        done=len(done),
        failed=len(rows) - len(done),
        lights=[(name, lights[name]) for name in ("good", "fair", "poor")],
        hours=sum(row.duration_s for row in done),
        persons=sum(row.people for row in done),
        mixed=mixed or {},
        emotions=words,
        version=version,
        data=json_block({"emotions": list(words), "colours": [COLOURS[name] for name in words]}),
    )


def page_address(key: str) -> str:
    """Return the address of a recording's page, relative to the folder's page; safe for any name."""
    return "./" + urllib.parse.quote(f"{key}/{REPORT}".encode("utf-8", "surrogateescape"))


def _shown(row: IndexRow) -> dict[str, Any]:
    folder, _, name = row.key.encode("utf-8", "backslashreplace").decode("utf-8").rpartition("/")
    return {
        "name": name,
        "folder": folder,
        "row": row,
        "address": page_address(row.key) if row.page else "",
        "picture": data_uri(row.thumbnail) if row.thumbnail else "",
        "light": "failed" if row.status == "failed" else row.quality,
    }
