"""Read captions: WebVTT and SubRip."""

from __future__ import annotations

import html
import itertools
import re
from collections.abc import Iterator
from typing import Final

from videmo.errors import StudyError
from videmo.study.importers.imported import Imported, Options, Row
from videmo.study.importers.texts import text_of

_CLOCK: Final = r"((?:\d+:)?\d{1,2}:\d{1,2}(?:[.,]\d{1,3})?)"
_TIMES: Final = re.compile(rf"{_CLOCK}\s*-->\s*{_CLOCK}(?!\S)")
_ADVICE: Final = "Export times with milliseconds, not frames."
_BEGINS: Final = re.compile(r"\d+:\S*\s*-->")
_TAG: Final = re.compile(r"</?(?:i|b|u|s|font|c|v|lang|ruby|rt)(?:[.\s][^>]*)?>|<\d[\d:.]*>", re.IGNORECASE)


def read_captions(name: str, content: bytes, options: Options) -> Imported:
    """Read captions as events: their text is the label.

    Raises:
        StudyError: there are none, or times of one can't be read.
    """
    rows = [
        Row(start, round(end - start, 6), label, "", "stimulus", options.participant, options.recording)
        for start, end, label in _captions(name, text_of(content))
        if label and end > start and options.wants(label)
    ]
    if not rows:
        raise StudyError(name, "no captions in it", "WebVTT or SubRip")
    return Imported(tuple(rows))


def _captions(name: str, text: str) -> Iterator[tuple[float, float, str]]:
    """Yield begin, end and label of each caption: it begins at a line with times, and ends at an empty one or the next.

    Where no empty line is between them, the number before the times of the next one belongs to that.
    """
    lines = [line.strip() for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n")]
    starts = [place for place, line in enumerate(lines) if _BEGINS.match(line)]
    for start, stop in itertools.pairwise([*starts, len(lines)]):
        found = _TIMES.match(lines[start])
        if found is None:
            expected = "hh:mm:ss.mmm --> hh:mm:ss.mmm"
            raise StudyError(f"{name}, line {start + 1}", f"{lines[start]!r} are no times", expected, _ADVICE)
        said = list(itertools.takewhile(bool, lines[start + 1 : stop]))
        if stop < len(lines) and len(said) == stop - start - 1 and said and said[-1].isdecimal():
            said.pop()
        label = html.unescape(_TAG.sub("", " ".join(said)))
        yield _seconds(found[1]), _seconds(found[2]), " ".join(label.split())


def _seconds(clock: str) -> float:
    hours, minutes, rest = (["0", *clock.replace(",", ".").split(":")])[-3:]
    return round(int(hours) * 3600 + int(minutes) * 60 + float(rest), 6)
