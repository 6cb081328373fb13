"""Read annotations that lie in tiers: ELAN and Praat."""

from __future__ import annotations

import itertools
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Final
from urllib.parse import unquote

from videmo.errors import StudyError
from videmo.study.importers.imported import Imported, Options, Row
from videmo.study.importers.texts import number_in, text_of

_VALUE: Final = re.compile(r'"((?:[^"]|"")*)"|<[^>\n]*>|![^\n]*|([^\s"]+)')
Span = tuple[float, float]


def read_elan(name: str, content: bytes, options: Options) -> Imported:
    """Read the annotations of an ``.eaf``; times are those of the linked video.

    Annotations that refer to others have the times of those; several that share one divide its time evenly.
    """
    try:
        root = ET.fromstring(content)
    except (ET.ParseError, ValueError, LookupError) as exc:
        raise StudyError(name, f"not an ELAN file ({exc})", "an .eaf") from exc
    if root.tag != "ANNOTATION_DOCUMENT":
        raise StudyError(name, f"not an ELAN file but {root.tag}", "an .eaf")
    media = next(root.iter("MEDIA_DESCRIPTOR"), ET.Element("none"))
    origin = (number_in(media.get("TIME_ORIGIN", "")) or 0.0) / 1000
    file = PurePosixPath(unquote(media.get("MEDIA_URL", "")).replace(chr(92), "/")).name
    spans = _spans(root)
    rows = []
    for tier in root.iter("TIER"):
        for each in (found for found in tier.iter() if found.get("ANNOTATION_ID") in spans):
            start, end = spans[each.get("ANNOTATION_ID", "")]
            label = " ".join((each.findtext("ANNOTATION_VALUE") or "").split())
            if options.wants(tier.get("TIER_ID", "")) and label and end > start:
                rows.append(Row(round(start + origin, 6), round(end - start, 6), label, "", "stimulus",
                                tier.get("PARTICIPANT") or options.participant,
                                options.recording or file))  # fmt: skip
    return Imported(tuple(rows))


def _spans(root: ET.Element) -> dict[str, Span]:
    """Return begin and end of each annotation, in seconds."""
    slots = _slots(root)
    spans = {
        each.get("ANNOTATION_ID", ""): (slots[first], slots[last])
        for each in root.iter("ALIGNABLE_ANNOTATION")
        if (first := each.get("TIME_SLOT_REF1", "")) in slots and (last := each.get("TIME_SLOT_REF2", "")) in slots
    }
    waiting = [tier for tier in root.iter("TIER") if tier.find(".//REF_ANNOTATION") is not None]
    for _ in range(len(waiting)):  # tiers may refer to tiers that come behind them
        for tier in waiting:
            spans |= _divided(tier, spans)
    return spans


def _slots(root: ET.Element) -> dict[str, float]:
    """Return the time of each slot; those without one lie evenly between their neighbours, as ELAN shows them."""
    names = [each.get("TIME_SLOT_ID", "") for each in root.iter("TIME_SLOT")]
    times = [number_in(each.get("TIME_VALUE", "")) for each in root.iter("TIME_SLOT")]
    known = [place for place, time in enumerate(times) if time is not None]
    found = {names[place]: (times[place] or 0.0) / 1000 for place in known}
    for before, after in itertools.pairwise(known):
        first, last = found[names[before]], found[names[after]]
        for place in range(before + 1, after):
            found[names[place]] = first + (last - first) * (place - before) / (after - before)
    return found


def _divided(tier: ET.Element, spans: dict[str, Span]) -> dict[str, Span]:
    """Give those that refer to one annotation an equal part of its time each, in order."""
    by_parent: dict[str, list[str]] = {}
    for each in tier.iter("REF_ANNOTATION"):
        by_parent.setdefault(each.get("ANNOTATION_REF", ""), []).append(each.get("ANNOTATION_ID", ""))
    found: dict[str, Span] = {}
    for parent, own in by_parent.items():
        if parent in spans:
            start, end = spans[parent]
            part = (end - start) / len(own)
            found |= {name: (start + place * part, start + (place + 1) * part) for place, name in enumerate(own)}
    return found


def read_textgrid(name: str, content: bytes, options: Options) -> Imported:
    """Read the tiers of a Praat ``.TextGrid``, long or short; points become markers.

    Raises:
        StudyError: it is none, or breaks off.
    """
    text = text_of(content)
    if "chronological TextGrid" in text[:200]:
        raise StudyError(name, "a chronological TextGrid", "a long or short one", "Save it as text file in Praat.")
    if "TextGrid" not in text[:200]:
        raise StudyError(name, "not a TextGrid", "a file of Praat")
    try:
        return Imported(tuple(_tiers(_values(text), options)))
    except (StopIteration, RuntimeError, ValueError) as exc:
        raise StudyError(name, "it breaks off, or is damaged", "a whole TextGrid", "Save it again in Praat.") from exc


def _tiers(values: Iterator[str | float], options: Options) -> Iterator[Row]:
    while next(values) != "TextGrid":
        pass
    _, _, tiers = (float(next(values)) for _ in range(3))
    for _ in range(int(tiers)):
        kind, name, _, _, count = (next(values) for _ in range(5))
        if kind not in ("IntervalTier", "TextTier"):
            raise ValueError(kind)
        for _ in range(int(float(count))):
            start = float(next(values))
            end = float(next(values)) if kind == "IntervalTier" else start
            label = " ".join(str(next(values)).split())
            if options.wants(str(name)) and label:
                yield Row(start, round(end - start, 6), label, "", "stimulus" if end > start else "marker",
                          options.participant, options.recording)  # fmt: skip


def _values(text: str) -> Iterator[str | float]:
    """Yield the texts and numbers of a TextGrid, as Praat does: all else, also numbers in brackets, says nothing."""
    for found in _VALUE.finditer(text):
        quoted, word = found.groups()
        if quoted is not None:
            yield quoted.replace('""', '"')
        elif word is not None and (number := number_in(word)) is not None:
            yield number
