"""Read annotations that lie in tiers: ELAN and Praat."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Final

from videmo.errors import StudyError
from videmo.study.importers.imported import Imported, Options, Row

_VALUE: Final = re.compile(r'"((?:[^"]|"")*)"|(-?\d+(?:\.\d+)?(?:[eE]-?\d+)?)|<exists>|(\w+)')


def read_elan(name: str, content: bytes, options: Options) -> Imported:
    """Read the time-aligned annotations of an ``.eaf``; times are those of the linked video."""
    try:
        root = ET.fromstring(content)
    except ET.ParseError as exc:
        raise StudyError(name, f"not an ELAN file ({exc})", "an .eaf") from exc
    slots = {
        slot.get("TIME_SLOT_ID", ""): float(slot.get("TIME_VALUE", "nan")) / 1000 for slot in root.iter("TIME_SLOT")
    }
    media = next((each.get("MEDIA_URL", "") for each in root.iter("MEDIA_DESCRIPTOR")), "")
    recording = options.recording or (f"*{PurePosixPath(media).name}" if media else "")
    rows = [
        Row(start, round(end - start, 6), label, "", "stimulus", options.participant, recording)
        for tier, start, end, label in _annotations(root, slots)
        if options.wants(tier) and label and end > start
    ]
    return Imported(tuple(rows))


def _annotations(root: ET.Element, slots: dict[str, float]) -> Iterator[tuple[str, float, float, str]]:
    for tier in root.iter("TIER"):
        for each in tier.iter("ALIGNABLE_ANNOTATION"):
            value = each.findtext("ANNOTATION_VALUE") or ""
            start, end = (slots.get(each.get(f"TIME_SLOT_REF{place}", ""), float("nan")) for place in (1, 2))
            yield tier.get("TIER_ID", ""), start, end, " ".join(value.split())


def read_textgrid(name: str, content: bytes, options: Options) -> Imported:
    """Read the interval tiers of a Praat ``.TextGrid``, long or short, in UTF-8 or UTF-16."""
    wide = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    text = content.decode("utf-16" if wide else "utf-8-sig", errors="replace")
    if "TextGrid" not in text[:200]:
        raise StudyError(name, "not a TextGrid", "a file of Praat")
    values = iter(_values(text))
    rows: list[Row] = []
    for value in values:
        if value == "IntervalTier":
            tier = next(values, "")
            _, _, count = (next(values, "0") for _ in range(3))
            for _ in range(int(float(count))):
                start, end, label = float(next(values, "0")), float(next(values, "0")), next(values, "")
                if options.wants(tier) and label.strip():
                    rows.append(Row(start, round(end - start, 6), " ".join(label.split()), "", "stimulus",
                                    options.participant, options.recording))  # fmt: skip
    return Imported(tuple(rows))


def _values(text: str) -> Iterator[str]:
    """Yield the texts and numbers of a TextGrid; names and numbers of items in brackets are left out."""
    for line in text.splitlines():
        plain = re.sub(r"\[\d*\]:?", "", line)
        plain = plain.split("=", 1)[1] if "=" in plain and not plain.lstrip().startswith('"') else plain
        for quoted, number, _ in (match.groups() for match in _VALUE.finditer(plain)):
            if quoted is not None:
                yield quoted.replace('""', '"')
            elif number is not None:
                yield number
