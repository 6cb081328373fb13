"""Build ``index.html``: all recordings of a folder on one page."""

from __future__ import annotations

import re
import urllib.parse
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from videmo.measures.emotions import VOCABULARIES
from videmo.measures.registry import ALL_WORDS
from videmo.plots.style import COLOURS
from videmo.report.html import json_block, percent, render
from videmo.results.names import REPORT, THUMBNAIL
from videmo.settings import LIGHTS
from videmo.timeline.quality import OUTCOME_WORDS

STYLES: Final = ("base.css", "index.css")
SCRIPTS: Final = ("element.js", "lanes.js", "listing.js", "index.js")
FIRST_LOOK: Final = 6
"""At most this many recordings that need a look are told above the list; a click shows all."""
_STRIP: Final = re.compile(r"(?:\.0|[0-9]{2})*")
_WORTH: Final = {"failed": 0, "poor": 1, "doubtful": 2}
"""What is worth a look, in its order."""


@dataclass(frozen=True, slots=True)
class Lane:
    """Hold what one person of a recording showed over its time."""

    name: str
    strip: str
    """See `timeline.strip`."""


@dataclass(frozen=True, slots=True)
class Happening:
    """Say what happened when, on the time of a recording."""

    onset_s: float
    label: str


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
    lost: str = ""
    """What most of the frames that aren't usable show; see `results.manifest.Result`."""
    unsure: str = ""
    """Which persons are of doubtful identity, in words; empty where none is."""
    poor: str = ""
    """Whose data are poor, in words, although the recording is rated better; empty where nobody's are."""
    dominant: str = ""
    shares: tuple[float, ...] = ()
    """Shares of the time seen, over all persons, in the order of the emotions; empty without persons."""
    lanes: tuple[Lane, ...] = ()
    """The persons seen longest."""
    happenings: tuple[Happening, ...] = ()
    thumbnail: bool = False
    """Whether there is a picture of it, beside its page."""
    page: bool = False
    """Whether the recording has a page of its own."""
    remarks: tuple[str, ...] = ()
    """What is odd about it beside the others, in words."""


def render_index(
    rows: Sequence[IndexRow],
    *,
    version: str,
    remarks: Sequence[str] = (),
    mixed: Mapping[str, Sequence[str]] | None = None,
) -> str:
    """Build the page of a folder.

    Args:
        rows: the recordings, in the order in which they are listed.
        version: of videmo, which wrote the results.
        remarks: what is to be said about the events of the folder.
        mixed: settings that are not the same in all of them, with their values.
    """
    done = [row for row in rows if row.status != "failed"]
    lights = Counter(_light(row) for row in rows)
    words = ALL_WORDS[: max((len(row.shares) for row in done), default=0) or len(VOCABULARIES["five"])]
    first = sorted((row for row in rows if _worth(row) in _WORTH), key=lambda row: (_WORTH[_worth(row)], row.key))
    return render(
        "index.html.j2",
        styles=STYLES,
        scripts=SCRIPTS,
        sources="img-src 'self' file:",
        folders=_folders(rows),
        count=len(rows),
        done=len(done),
        lights=[(name, lights[name]) for name in (*LIGHTS, "failed") if lights[name]],
        first=[_shown(row) for row in first[:FIRST_LOOK]],
        more_first=max(0, len(first) - FIRST_LOOK),
        unsure=sum(bool(row.unsure) for row in rows),
        hours=sum(row.duration_s for row in done),
        persons=sum(row.people for row in done),
        mixed=mixed or {},
        emotions=words,
        labels=sorted({happening.label for row in done for happening in row.happenings}),
        remarks=remarks,
        version=version,
        data=json_block(
            {
                "emotions": list(words),
                "colours": [COLOURS[name] for name in words],
                "longest": max((row.duration_s for row in done), default=0.0),
                "happenings": {
                    row.key: [[each.onset_s, each.label] for each in row.happenings] for row in done if row.happenings
                },
            }
        ),
    )


def page_address(key: str) -> str:
    """Return the address of a recording's page, relative to the folder's page; safe for any name."""
    return _address(key, REPORT)


def _address(key: str, name: str) -> str:
    return "./" + urllib.parse.quote(f"{key}/{name}".encode("utf-8", "surrogateescape"))


def _light(row: IndexRow) -> str:
    return "failed" if row.status == "failed" else row.quality


def _worth(row: IndexRow) -> str:
    """Say what makes a recording worth a look, or how good it is."""
    light = _light(row)
    return "doubtful" if row.unsure and light not in _WORTH else light


def _folders(rows: Iterable[IndexRow]) -> list[tuple[str, list[dict[str, Any]]]]:
    """Group the recordings by the folder that they lie in, in order; those outside of any come first."""
    found: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        shown = _shown(row)
        found.setdefault(shown["folder"], []).append(shown)
    return sorted(found.items())


def _shown(row: IndexRow) -> dict[str, Any]:
    folder, _, name = row.key.encode("utf-8", "backslashreplace").decode("utf-8").rpartition("/")
    return {
        "name": name,
        "folder": folder,
        "row": row,
        "address": page_address(row.key) if row.page else "",
        "picture": _address(row.key, THUMBNAIL) if row.thumbnail else "",
        "light": _light(row),
        "worth": _worth(row),
        "lanes": [lane for lane in row.lanes if _STRIP.fullmatch(lane.strip)],
        "why": _why(row),
        "lost": OUTCOME_WORDS.get(row.lost, "") if row.quality in ("fair", "poor") else "",
    }


def _why(row: IndexRow) -> str:
    """Say why a recording is not good, or who is doubtful in it; empty where there is nothing to say."""
    if row.status == "failed":
        return row.reason.removeprefix(f"{row.key}: ")
    said = [row.reason] if row.reason else []
    if row.quality in ("fair", "poor"):
        lost = OUTCOME_WORDS.get(row.lost, "")
        usable = f"{percent(row.usable_share, 0)} of frames usable"
        said.insert(0, f"{usable}, the others mostly: {lost}" if lost else usable)
    return "; ".join([*said, *([row.unsure] if row.unsure else [])])
