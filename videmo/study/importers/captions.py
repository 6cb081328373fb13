"""Read captions: WebVTT and SubRip."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from typing import Final

from videmo.errors import StudyError
from videmo.study.importers.imported import Imported, Options, Row
from videmo.study.importers.texts import text_of

_TIMES: Final = re.compile(r"((?:\d+:)?\d{1,2}:\d{1,2}[.,]\d{1,3})\s*-->\s*((?:\d+:)?\d{1,2}:\d{1,2}[.,]\d{1,3})")
_TAG: Final = re.compile(r"</?(?:i|b|u|s|font|c|v|lang|ruby|rt)(?:[.\s][^>]*)?>|<\d[\d:.]*>", re.IGNORECASE)
_NUMBER_LINE: Final = re.compile(r"\n\s*\d+\s*$")


def read_captions(name: str, content: bytes, options: Options) -> Imported:
    """Read captions as events: their text is the label.

    Raises:
        StudyError: there are none.
    """
    rows = [
        Row(start, round(end - start, 6), label, "", "stimulus", options.participant, options.recording)
        for start, end, label in _captions(text_of(content))
        if label and end > start and options.wants(label)
    ]
    if not rows:
        raise StudyError(name, "no captions in it", "WebVTT or SubRip")
    return Imported(tuple(rows))


def _captions(text: str) -> Iterator[tuple[float, float, str]]:
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    for block in re.split(r"\n[^\S\n]*\n", plain):
        found = list(_TIMES.finditer(block))  # some programs leave no line empty between two captions
        ends = [*(_NUMBER_LINE.sub("", block[: each.start()]) for each in found[1:]), block]
        for each, end in zip(found, map(len, ends)):
            said = block[each.end() : end].split("\n", 1)
            label = html.unescape(_TAG.sub("", said[1] if len(said) > 1 else ""))
            yield _seconds(each[1]), _seconds(each[2]), " ".join(label.split())


def _seconds(clock: str) -> float:
    hours, minutes, rest = (["0", *clock.replace(",", ".").split(":")])[-3:]
    return round(int(hours) * 3600 + int(minutes) * 60 + float(rest), 6)
