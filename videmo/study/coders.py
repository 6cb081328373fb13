"""Compare human coders with each other and with videmo: second by second, and segment by segment."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd

from videmo.study.codes import Code
from videmo.study.design import Facts
from videmo.study.statistics.agreement import icc, kappa, kappa_interval
from videmo.study.statistics.bootstrap import Floats
from videmo.study.track import Track

RELIABILITY: Final = (
    "coder_a", "coder_b", "unit", "code", "n", "recordings", "agreement", "kappa", "kappa_low", "kappa_high",
    "pabak", "prevalence", "icc_a1", "icc_c1",
)  # fmt: skip
CONFUSION: Final = ("coder_a", "coder_b", "code_a", "code_b", "seconds")
US: Final = "videmo"
NOTHING: Final = "(nothing)"
"""What a coder saw who looked and wrote no code."""
CELL: Final = 0.2
COARSE: Final = 5
"""Cells that make a coarse one, of a second."""
Place = tuple[str, int]
"""Recording and person."""


@dataclass(frozen=True, slots=True)
class Coded:
    """Hold what everybody called the cells of one person in one recording."""

    place: Place
    codes: Mapping[str, np.ndarray]
    """By coder: the place of a code among all of them, -1 where the coder has no data."""


def resolve(code: Code, recordings: Mapping[str, Facts]) -> Place:
    """Find out which person a code is about: the one named, else the one who is seen longest."""
    persons = recordings[code.recording].persons
    if (found := recordings[code.recording].person_called(code.person)) is not None:
        return code.recording, found.number
    ranked = sorted(persons, key=lambda person: (-person.seen_s, person.number))
    return code.recording, ranked[0].number if ranked else 0


def meaning(code: str, said: Mapping[str, str], words: Sequence[str]) -> str:
    """Return the emotion that a code stands for; a code that stands for none keeps its name."""
    return said.get(code, code if code else NOTHING) if code not in words else code


def all_codes(codes: Sequence[Code], said: Mapping[str, str], words: Sequence[str]) -> list[str]:
    """List the emotions, then the codes that stand for none."""
    others = {meaning(code.code, said, words) for code in codes} - set(words)
    return [*words, *sorted(others)]


def code_cells(
    place: Place, codes: Sequence[Code], track: Track | None, kinds: Sequence[str], said: Mapping[str, str],
    words: Sequence[str], excluded: Sequence[tuple[float, float]] = (),
) -> Coded:  # fmt: skip
    """Lay the codes of one person in one recording out in cells of 0.2 s.

    Args:
        place: recording and person.
        codes: about them.
        track: what videmo saw, on the clock of the recording; None if nothing.
        kinds: all codes, in order.
        said: the emotion of each code.
        words: the emotions.
        excluded: begin and end of what counts nowhere, on the clock of the recording.
    """
    count = int(np.ceil(max(code.onset_s + code.duration_s for code in codes) / CELL + 1e-9))
    middles = np.asarray((np.arange(count) + 0.5) * CELL, np.float64)
    found: dict[str, np.ndarray] = {}
    for code in codes:
        cells = found.setdefault(code.coder, np.full(count, -1))
        inside = (middles >= code.onset_s) & (middles < code.onset_s + code.duration_s)
        cells[inside] = kinds.index(meaning(code.code, said, words))
    if track is not None and len(track.starts):
        found[US] = _ours(track, middles)
    for begin, end in excluded:
        gone = (middles >= begin) & (middles < end)
        found = {coder: np.where(gone, -1, cells) for coder, cells in found.items()}
    return Coded(place, found)


def _ours(track: Track, middles: Floats) -> np.ndarray:
    """Return the strongest emotion of the cell of the timeline around each time."""
    rows = np.searchsorted(track.starts, middles, side="right") - 1
    inside = (rows >= 0) & (middles < track.ends[np.maximum(rows, 0)])
    clear = inside & (track.coverage[np.maximum(rows, 0)] >= 0.5)
    return np.where(clear, track.strongest[np.maximum(rows, 0)], -1)


def _coarse(cells: np.ndarray) -> np.ndarray:
    """Take the most frequent code of each second; the first of equals."""
    padded = np.append(cells, np.full(-len(cells) % COARSE, -1)).reshape(-1, COARSE)
    found = []
    for row in padded:
        known = row[row >= 0]
        found.append(np.bincount(known).argmax() if len(known) else -1)
    return np.array(found)


def pairs_of(coded: Sequence[Coded]) -> list[tuple[str, str]]:
    """List the pairs of coders; videmo comes last in each of its own."""
    names = sorted({name for each in coded for name in each.codes} - {US})
    ours = [US] if any(US in each.codes for each in coded) else []
    return list(itertools.combinations([*names, *ours], 2))


def reliability_rows(
    coded: Sequence[Coded], kinds: Sequence[str], words: Sequence[str], bootstraps: int, seed: int
) -> Iterator[dict[str, Any]]:
    """Yield for each pair and unit of time: agreement over all codes, then for each emotion against the rest."""
    for first, second in pairs_of(coded):
        for unit in ("0.2 s", "1 s"):
            tables = _tables(coded, first, second, len(kinds), coarse=unit == "1 s")
            if not tables.sum():
                continue
            same = {"coder_a": first, "coder_b": second, "unit": unit, "recordings": len(tables)}
            used = np.flatnonzero(tables.sum(axis=(0, 1)) + tables.sum(axis=(0, 2)))
            yield {**same, "code": "(all)", **_agreed(tables[:, used][:, :, used], bootstraps, seed)}
            for place, word in enumerate(words):
                if place in used:
                    yield {**same, "code": word, **_agreed(_against_rest(tables, place), bootstraps, seed)}


def _against_rest(tables: Floats, place: int) -> Floats:
    """Fold tables to one code and all others."""
    yes = tables[:, place, place]
    row, column, whole = tables[:, place].sum(axis=1), tables[:, :, place].sum(axis=1), tables.sum(axis=(1, 2))
    return np.stack([np.stack([yes, row - yes], 1), np.stack([column - yes, whole - row - column + yes], 1)], 1)


def _agreed(tables: Floats, bootstraps: int, seed: int) -> dict[str, Any]:
    found = kappa(tables.sum(axis=0))
    low, high = kappa_interval(tables, bootstraps, seed)
    return {
        "n": int(tables.sum()), "agreement": found.agreement, "kappa": found.kappa, "kappa_low": low,
        "kappa_high": high, "prevalence": found.prevalence, "pabak": found.pabak,
    }  # fmt: skip


def _tables(coded: Sequence[Coded], first: str, second: str, kinds: int, *, coarse: bool) -> Floats:
    """Count the cells of each pair of codes: ``(recordings, codes, codes)``, where both have data."""
    by_recording: dict[str, Floats] = {}
    for each in coded:
        if first in each.codes and second in each.codes:
            a, b = each.codes[first], each.codes[second]
            a, b = (_coarse(a), _coarse(b)) if coarse else (a, b)
            both = (a >= 0) & (b >= 0)
            counts = np.bincount(a[both] * kinds + b[both], minlength=kinds * kinds).reshape(kinds, kinds)
            key = each.place[0]
            by_recording[key] = by_recording.get(key, np.zeros((kinds, kinds))) + counts
    tables = [table for _, table in sorted(by_recording.items()) if table.sum()]
    return np.array(tables) if tables else np.zeros((0, kinds, kinds))


def confusion_rows(coded: Sequence[Coded], kinds: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Yield the seconds of each pair of codes, for each pair of coders."""
    for first, second in pairs_of(coded):
        table = _tables(coded, first, second, len(kinds), coarse=False).sum(axis=0) * CELL
        for row, column in np.argwhere(table > 0):
            yield {"coder_a": first, "coder_b": second, "code_a": kinds[row], "code_b": kinds[column],
                   "seconds": round(float(table[row, column]), 6)}  # fmt: skip


def segment_rows(coded: Sequence[Coded], segments: pd.DataFrame, words: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Yield intraclass correlations of the share of each segment in which an emotion was seen.

    Args:
        coded: cells of all coders.
        segments: ``recording, person, recording_onset_s, duration_s``, one row each, and of each emotion the share of
            the time in which videmo saw it above the threshold.
        words: the emotions.
    """
    by_place = {each.place: each for each in coded}
    shares: dict[str, list[tuple[int, Floats]]] = {}
    for number, row in enumerate(segments.to_dict("records")):
        each = by_place.get((str(row["recording"]), int(row["person"])))
        if each is None:
            continue
        begin = round(row["recording_onset_s"] / CELL)
        end = round((row["recording_onset_s"] + row["duration_s"]) / CELL)
        for coder, cells in each.codes.items():
            own = cells[max(0, begin) : end]  # shorter where the last code ends before the segment does
            if (own >= 0).sum() >= max(1, 0.5 * (end - max(0, begin))):
                share = np.array([row[word] for word in words]) if coder == US else _shares(own, len(words))
                shares.setdefault(coder, []).append((number, share))
    for first, second in pairs_of(coded):
        yield from _icc_rows(first, second, dict(shares.get(first, [])), dict(shares.get(second, [])), words)


def _shares(cells: np.ndarray, count: int) -> Floats:
    known = cells[cells >= 0]
    return np.bincount(known, minlength=count)[:count] / len(known)


def _icc_rows(
    first: str, second: str, own: dict[int, Floats], other: dict[int, Floats], words: Sequence[str]
) -> Iterator[dict[str, Any]]:
    common = sorted(own.keys() & other.keys())
    if len(common) < 2:
        return
    for place, word in enumerate(words):
        found = icc(np.array([[own[number][place], other[number][place]] for number in common]))
        yield {"coder_a": first, "coder_b": second, "unit": "segment", "n": len(common), "code": word,
               "icc_a1": found.agreement, "icc_c1": found.consistency}  # fmt: skip
