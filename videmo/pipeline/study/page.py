"""Write the methods paragraph, the page of a study and ``study.json``, from the tables that were made."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import pandas as pd

from videmo.measures.emotions import VALENCE
from videmo.pipeline.study.dyads import shown_emotion
from videmo.pipeline.study.figures import FIGURES
from videmo.pipeline.study.instrument import instrument_of
from videmo.pipeline.study.update import StudyStage, StudyUpdate
from videmo.report.html import percent
from videmo.report.study import Listing, Picture, StudyPage, render_study
from videmo.results import names
from videmo.spreadsheet import csv_plain, csv_unsafe
from videmo.study.design import Remark
from videmo.study.events import labels_of
from videmo.study.exclusions import Flow
from videmo.study.focus import Focus, focus_of, rows_of_focus
from videmo.study.means import MeansOver, means_over
from videmo.study.methods import Found, Instrument, methods
from videmo.study.plan import Plan
from videmo.study.reach import beyond_clusters, beyond_comparisons, is_pair
from videmo.study.valence import valence_words
from videmo.study.wording import flow_words, other_words, recognised, sentence, together_words, unit_words, verdict
from videmo.version import __version__

ROWS: Final = 400
"""Rows of a table that the page shows; its file has all."""
_SECTIONS: Final = {
    "raincloud": ("people", "Values of participants", "Half a violin, a box (median and quartiles) and the "
        "points; lines join points that belong together."),
    "people": ("people", "Participants over time", "A row for each participant, those with the highest peak "
        "first, without those who have too few used segments for the comparison that comes first; grey where nothing "
        "is known."),
    "timecourse": ("time", "Time courses", "Mean and 95 % interval; n below; a panel for each label where levels are "
        "compared over several; dark bars are clusters whose p, "
        "corrected over all emotions and labels (Holm), is at most .05."),
    "validity": ("quality", "Valid time", "A row for each participant: how much of each cell counts in all "
        "segments, used or not; grey where none, or where time is excluded. Below a line are those who have too few "
        "used segments for the comparison that comes first."),
    "effects": ("comparisons", "Differences", "Difference and 95 % interval; a diamond is the primary comparison."),
    "sensitivity": ("rules", "Other rules", "Effect size and 95 % interval, with the permutation p."),
    "dyad": ("dyads", "A dyad", "Above, both courses; below, the correlation of each window at each lag, and the "
        "mean z of "
             "each lag with the middle 95 % of shifted copies."),
    "confusion": ("coders", "Codes", "Seconds of each pair of codes; shades are shares of the row."),
}  # fmt: skip
_TABLES: Final = (
    (names.COMPARISONS, "comparisons", "All comparisons", "Click the name of a column to sort by it."),
    (
        names.CLUSTERS,
        "time",
        "Clusters",
        "Neighbouring cells that differ in one direction. A test that found none has a row without cells; one that "
        "could not be made, because a level had too few participants, says so. p_holm is corrected over the emotions "
        "and labels of a contrast.",
    ),
    (names.EXCLUSIONS, "quality", "What was left out", "Participants, segments and stretches of time, with reasons."),
    (names.SENSITIVITY, "rules", "All nine", "The comparison that comes first, under each pair of rules."),
    (names.SYNCHRONY, "dyads", "Synchrony", "Each dyad, label and emotion."),
    (names.PSEUDO, "dyads", "Real pairs against strangers", "The dyad is the unit."),
    (names.RELIABILITY, "coders", "Agreement", "Each pair of coders, in cells and in segments."),
)


def _flow(update: StudyUpdate) -> tuple[Flow, list[str]]:
    kept = update.folder.kept_flow()
    return Flow(**kept["flow"]), [str(each) for each in kept["remarks"]]


def _first_row(update: StudyUpdate, focus: Focus | None) -> Mapping[str, Any] | None:
    """Return the row of the comparison that comes first."""
    rows = rows_of_focus(update.folder.read_made(names.COMPARISONS), focus)
    return rows[0] if rows else None


def _found(update: StudyUpdate, flow: Flow, row: Mapping[str, Any] | None) -> Found:
    """Gather from the tables what the methods paragraph reports."""
    study, folder = update.study, update.folder
    comparisons, labels = folder.read_made(names.COMPARISONS), labels_of(study.design.events)
    clusters, has_dyads = folder.read_made(names.CLUSTERS), folder.has_made(names.SYNCHRONY)
    dyads = folder.read_made(names.SYNCHRONY) if has_dyads else None
    return Found(
        flow=flow,
        primary=row,
        exclusions=folder.read_made(names.EXCLUSIONS).to_dict("records"),
        tests=frozenset(map(str, comparisons["test"])),
        has_dyads=has_dyads,
        has_codes=folder.has_made(names.RELIABILITY),
        permutations=_counts(comparisons["permutations"]),
        cluster_statistics=frozenset(map(str, clusters["statistic"])),
        cluster_permutations=_counts(clusters["permutations"]),
        surrogates=_counts(folder.read_made(names.ISC)["surrogates"]),
        dyad_surrogates=() if dyads is None else _counts(dyads["surrogates"]),
        means=_means(update),
        beyond=(
            *beyond_comparisons(comparisons, study.wanted, study.plan.compare.permutations),
            *beyond_clusters(clusters, study.wanted, labels, study.primary, study.plan.timecourse.permutations),
        ),
        dyads=() if dyads is None else dyads.to_dict("records"),
        has_strangers=folder.has_made(names.PSEUDO),
        together=_together(update) if has_dyads else "",
    )


def _means(update: StudyUpdate) -> tuple[MeansOver, ...]:
    """Say over which labels values were averaged."""
    study = update.study
    return tuple(means_over(update.rows_once(), study.wanted, study.inputs.participants, study.plan))


def _together(update: StudyUpdate) -> str:
    folder = update.folder
    strangers = folder.read_made(names.PSEUDO).to_dict("records") if folder.has_made(names.PSEUDO) else []
    return together_words(folder.read_made(names.SYNCHRONY).to_dict("records"), strangers, shown_emotion(update))


def _counts(column: pd.Series) -> tuple[int, ...]:
    """List the numbers in a column: of permutations, or of shifted copies."""
    return tuple(sorted({int(count) for count in column.dropna() if count > 0}))


def _write(update: StudyUpdate) -> None:
    study, folder = update.study, update.folder
    focus, instrument = focus_of(study), instrument_of(update)
    flow, remarks = _flow(update)
    row = _first_row(update, focus)
    found = _found(update, flow, row)
    text = methods(study, focus, instrument, found)
    folder.write_made_text(names.METHODS, text)
    said = [
        *remarks,
        *map(str, found.beyond),
        *_differing(instrument),
        *(_told(each, folder.path) for each in study.remarks),
    ]
    page = _page(update, focus, instrument, found, said, text)
    folder.write_made_text(names.INDEX, render_study(page))
    folder.note_run(_summary(update, flow, said, page.answer))


def _told(remark: Remark, study: Path) -> str:
    """Word a remark without where the study lies, which makes no difference to what was found."""
    return str(remark).removeprefix(f"{study}{os.sep}")


def _page(
    update: StudyUpdate, focus: Focus | None, instrument: Instrument, found: Found, remarks: list[str], text: str
) -> StudyPage:
    study, folder = update.study, update.folder
    row, flow, plan = found.primary, found.flow, study.plan
    unit = unit_words(focus.contrast if focus else None, plan)
    answer = "Nothing could be compared: there were too few participants."
    if focus and (focus.primary or found.tests):
        which = "primary" if focus.primary else "first"
        answer = f"The {which} comparison, {focus.contrast.name}, could not be made: too few {unit} had values for it."
    if row and focus:
        answer = sentence(row, focus.contrast, plan)
    words = plan.words
    return StudyPage(
        title=plan.study.title or folder.path.absolute().name,
        answer=answer,
        verdict=" ".join([verdict(row), *_beyond(found, row)]) if row else "",
        left_out=flow_words(flow, unit),
        steps=(("listed", flow.listed), ("recorded", flow.recorded), ("with usable segments", flow.analysed),
               ("dyads compared" if unit == "dyads" else "compared", flow.compared)),
        together=found.together,
        unit=unit.removesuffix("s"),
        primary=focus is not None and focus.primary,
        focus=focus.contrast.name if focus else "",
        others=tuple(each.name for each in study.wanted if focus and each != focus.contrast),
        card=tuple((name, tuple(percent(recalls.get(word), 0) for word in words))
                   for name, recalls in instrument.recalls.items()),
        card_columns=words,
        recognised=recognised(instrument.recalls, _emotions_of(plan, focus), words),
        recognised_all=recognised(instrument.recalls, words, words),
        card_about=other_words(instrument.recalls, words),
        pictures=_grouped(_pictures(update)),
        listings=_grouped(_listings(update)),
        remarks=tuple(remarks),
        methods=text,
        tables=tuple(folder.tables),
        version=__version__,
    )  # fmt: skip


def _beyond(found: Found, row: Mapping[str, Any]) -> Iterator[str]:
    """Say that what comes first is not significant after correction, if it can't be; what was named beforehand can."""
    if row["primary"] == "no":
        about = csv_plain(str(row["contrast"])), str(row["measure"]), is_pair(row)
        yield from (each.said for each in found.beyond if (each.contrast, each.measure, each.pairs) == about)


def _emotions_of(plan: Plan, focus: Focus | None) -> list[str]:
    """List the emotions that the first sentence is about: several, if it is about what is made of them."""
    if focus is None:
        return []
    made = plan.measures.get(focus.emotion)
    named = made.names if made else {focus.emotion}
    if made and VALENCE in named:
        named = {*named, *valence_words(plan.words)}
    return [word for word in plan.words if word in named]


def _grouped(found: Iterator[tuple[str, Any]]) -> dict[str, list[Any]]:
    sections: dict[str, list[Any]] = {}
    for section, each in found:
        sections.setdefault(section, []).append(each)
    return sections


def _pictures(update: StudyUpdate) -> Iterator[tuple[str, Picture]]:
    for name in FIGURES:
        file = names.figure(name, "svg")
        if update.folder.has_made(file):
            section, title, words = _SECTIONS[name.split("-")[0]]
            yield section, Picture(name, title, words, update.folder.read_made_bytes(file))


def _listings(update: StudyUpdate) -> Iterator[tuple[str, Listing]]:
    for name, section, title, words in _TABLES:
        if update.folder.has_made(name):
            text = update.folder.read_made_bytes(name).decode("utf-8")
            header, *rows = csv.reader(io.StringIO(text, newline=""))
            if rows:
                undo = [csv_unsafe if column == "recording" else csv_plain for column in header]
                shown = tuple(tuple(plain(cell) for plain, cell in zip(undo, row)) for row in rows[:ROWS])
                columns = tuple(map(csv_plain, header))
                yield section, Listing(name, title, words, columns, shown, max(0, len(rows) - ROWS))


def _differing(instrument: Instrument) -> list[str]:
    """Remark on settings that differ between recordings: their numbers are not comparable."""
    return [
        f"recordings were analysed with different settings: {name} is {' or '.join(values)}"
        for name, values in instrument.settings.items()
        if len(values) > 1
    ]


def _summary(update: StudyUpdate, flow: Flow, remarks: list[str], answer: str) -> dict[str, Any]:
    plan = update.study.plan
    return {
        "videmo": __version__,
        "title": plan.study.title,
        "answer": answer,
        "participants": {name: getattr(flow, name) for name in ("listed", "recorded", "analysed", "compared")},
        "contrasts": [each.name for each in update.study.contrasts],
        "primary": update.study.primary.name if update.study.primary else None,
        "seed": plan.study.seed,
        "remarks": remarks,
        "tables": update.folder.tables,
    }


def _depends(update: StudyUpdate) -> object:
    study = update.study
    instrument = instrument_of(update)
    return (
        study.plan.study, study.plan.primary, study.plan.baseline, study.plan.validity, study.plan.compare,
        study.plan.timecourse, study.plan.synchrony, [each.words for each in study.remarks],
        {name: list(values) for name, values in instrument.settings.items()}, dict(instrument.recalls),
    )  # fmt: skip


PAGE: Final = StudyStage(
    name="page",
    words="page and methods",
    run=_write,
    depends=_depends,
    needs=("segments", "participants", "comparisons", "timecourse", "synchrony", "reliability", "figures"),
    files=(names.METHODS, names.INDEX, names.STUDY_MANIFEST),
    version=9,
)
