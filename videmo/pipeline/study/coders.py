"""Write how far human coders agree, with each other and with videmo."""

from __future__ import annotations

from typing import Final

import pandas as pd

from videmo.pipeline.study.facts import identity_of
from videmo.pipeline.study.update import StudyStage, StudyUpdate, rows_of
from videmo.results import names
from videmo.study.clock import Clock
from videmo.study.coders import (
    CONFUSION,
    RELIABILITY,
    Coded,
    Place,
    all_codes,
    code_cells,
    confusion_rows,
    reliability_rows,
    resolve,
    segment_rows,
)
from videmo.study.codes import Code
from videmo.study.comparing import significant
from videmo.study.tables import spelled
from videmo.study.track import track_of


def _write(update: StudyUpdate) -> None:
    study, words = update.study, update.study.plan.words
    said, codes = study.plan.codes, study.inputs.codes
    kinds = all_codes(codes, said, words)
    by_place: dict[Place, list[Code]] = {}
    for code in codes:
        by_place.setdefault(resolve(code, study.recordings), []).append(code)
    coded = [_coded(update, place, by_place[place], kinds) for place in sorted(by_place)]
    rows = [
        *reliability_rows(coded, kinds, words, study.plan.compare.bootstraps, study.plan.study.seed),
        *segment_rows(coded, _segments(update), words),
    ]
    table = pd.DataFrame(rows, columns=list(RELIABILITY))
    for name in table.columns:
        if table[name].dtype.kind == "f" and name != "recordings":
            table[name] = significant(table[name])
    table["recordings"] = table["recordings"].astype("Int64")
    update.folder.write_made_table(names.RELIABILITY, spelled(table), {})
    confusion = pd.DataFrame(confusion_rows(coded, kinds), columns=list(CONFUSION))
    update.folder.write_made_table(names.CONFUSION, spelled(confusion), {})


def _coded(update: StudyUpdate, place: Place, codes: list[Code], kinds: list[str]) -> Coded:
    recording, person = place
    track = None
    if person:
        timeline = update.timeline(recording)
        track = track_of(timeline, person, Clock(), update.study.plan.words, {})
    said, words = update.study.plan.codes, update.study.plan.words
    return code_cells(place, codes, track, kinds, said, words, _excluded(update, place))


def _excluded(update: StudyUpdate, place: Place) -> list[tuple[float, float]]:
    """Return what is excluded of a person in a recording, on its clock."""
    design = update.study.design
    return [
        (each.clock.recording(begin), each.clock.recording(end))
        for each in design.placements
        if (each.recording, each.person) == place
        for begin, end in design.stretches(each, "exclude")
    ]


def _segments(update: StudyUpdate) -> pd.DataFrame:
    """Return one row per segment: where it is, and the share of its time in which each emotion was shown."""
    keys, words = ["recording", "person", "recording_onset_s", "duration_s"], update.study.plan.words
    blocks = [*update.segments([*keys, "emotion", "time_above"])]
    found = rows_of(blocks, words[0])[keys]
    for word in words:
        found[word] = rows_of(blocks, word)["time_above"].to_numpy()
    return found.drop_duplicates(keys).astype({"recording": str}).reset_index(drop=True)


def has_codes(update: StudyUpdate) -> bool:
    """Tell whether anybody has coded anything."""
    return bool(update.study.inputs.codes)


def _depends(update: StudyUpdate) -> object:
    study = update.study
    used = sorted({code.recording for code in study.inputs.codes})
    codes = [(each.recording, each.person, each.coder, each.onset_s, each.duration_s, each.code)
             for each in study.inputs.codes]  # fmt: skip
    return (codes, dict(study.plan.codes), study.plan.study.seed, study.plan.compare.bootstraps,
            identity_of([study.recordings[key] for key in used]))  # fmt: skip


CODERS: Final = StudyStage(
    name="reliability",
    words="agreement with coders",
    run=_write,
    depends=_depends,
    needs=("segments",),
    files=(names.RELIABILITY, names.CONFUSION),
    applies=has_codes,
    version=3,
)
