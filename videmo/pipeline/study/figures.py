"""Draw the figures of a study from the tables that were made, each as PNG, SVG and PDF."""

from __future__ import annotations

import gc
import math
from collections.abc import Iterator, Sequence
from typing import Any, Final

import numpy as np
import pandas as pd

from videmo.pipeline.study.curves import open_courses
from videmo.pipeline.study.dyads import shown_emotion, stretches
from videmo.pipeline.study.films import films_behind
from videmo.pipeline.study.hands import in_turn
from videmo.pipeline.study.overview import overview, peaks, people_in_row
from videmo.pipeline.study.update import StudyStage, StudyUpdate
from videmo.plots.agreement import plot_confusion
from videmo.plots.courses import plot_timecourse
from videmo.plots.dyads import plot_synchrony
from videmo.plots.effects import plot_effects, plot_sensitivity
from videmo.plots.people import plot_people
from videmo.plots.raincloud import plot_raincloud
from videmo.plots.save import save_figure
from videmo.plots.style import keep_layout
from videmo.results import names
from videmo.spreadsheet import csv_key, csv_plain, csv_unsafe
from videmo.study.dyads import compared, grid_of
from videmo.study.events import labels_of
from videmo.study.focus import Focus, clusters_of, course_levels, course_title, focus_of, label_values, raincloud_values
from videmo.study.meetings import Dyad, dyads_of
from videmo.study.tables import participants_long
from videmo.study.unit_values import columns_of, unit_values
from videmo.study.wording import CORRECTED, MEASURES, measure_words

DYADS: Final = 12
"""So many dyads have a figure of their own: those that go together most clearly."""
EFFECTS: Final = 8
"""So many contrasts have a figure of their differences: the one that comes first, and those that the plan names."""
FIGURES: Final = (
    "timecourse", "raincloud", "effects", *(f"effects-{number}" for number in range(2, EFFECTS + 1)), "validity",
    "people", "sensitivity",
    *(f"dyad-{number:02}" for number in range(1, DYADS + 1)), *(f"confusion-{number}" for number in range(1, 7)),
)  # fmt: skip
KINDS: Final = ("png", "svg", "pdf")
_ABREAST: Final = 3
"""Labels that a figure of time courses shows in all emotions; of more, it shows the emotion that comes first."""
_LABELS: Final = 4
"""Labels side by side in a figure of participants."""
_DPI: Final = 200


def _draw(update: StudyUpdate) -> None:
    for _ in in_turn(update.hands, update, draw_some, range(len(_ABOUT))):
        pass


def draw_some(update: StudyUpdate, place: int) -> None:
    """Draw the figures about one of the things that there are figures about."""
    for name, figure in _ABOUT[place](update, focus_of(update.study)):
        for kind in KINDS:
            with update.folder.making(names.figure(name, kind)) as path:
                save_figure(figure, path, dpi=_DPI)
            keep_layout(figure)  # for all three
        figure.clear()
        gc.collect()  # the parts of a figure hold each other, so that they would stay in memory for long


Figures = Iterator[tuple[str, Any]]


def _about_courses(update: StudyUpdate, focus: Focus | None) -> Figures:
    if focus is None:
        return
    folder, plan = update.folder, update.study.plan
    labels = labels_of(update.study.design.events)
    courses = course_levels(folder.read_made_pieces(names.TIMECOURSE), labels, focus)
    if len(courses):
        shown = list(dict.fromkeys(courses["label"]))
        several = focus.contrast.factor != "label" and len(focus.contrast.levels) > 1 and len(shown) > _ABREAST
        yield "timecourse", plot_timecourse(
            courses, clusters_of(folder.read_made(names.CLUSTERS), shown, focus),
            emotions=[focus.emotion] if several else _emotions(update, focus), title=course_title(courses, focus),
            what="mean difference" if focus.is_difference else f"mean{CORRECTED[plan.baseline.correction]}",
            note=films_behind(update, focus, shown),
        )  # fmt: skip


def _about_values(update: StudyUpdate, focus: Focus | None) -> Figures:
    if focus is None:
        return
    plan, emotions = update.study.plan, _emotions(update, focus)
    values = _values(update, focus, emotions)
    if len(values):
        difference = f"difference in {MEASURES[focus.measure]}"
        words = difference if focus.is_difference else measure_words(focus.measure, plan)
        yield "raincloud", plot_raincloud(values, emotions=emotions, measure=words, title=focus.contrast.name)


def _emotions(update: StudyUpdate, focus: Focus) -> list[str]:
    return [focus.emotion, *(name for name in update.study.plan.compared if name != focus.emotion)]


def _about_effects(update: StudyUpdate, focus: Focus | None) -> Figures:
    if focus is None:
        return
    rows = update.folder.read_made(names.COMPARISONS)
    called = rows["contrast"].map(csv_plain)
    named = update.study.contrasts if update.study.plan.compare.contrasts else ()
    drawn = 1
    for contrast in dict.fromkeys([focus.contrast, *named]):
        pairs = rows[(called == contrast.name) & rows["difference"].notna()]
        if len(contrast.levels) != 2 or pairs.empty:
            continue
        drawn += contrast != focus.contrast
        if drawn <= EFFECTS:
            name = f"effects-{drawn}" if contrast != focus.contrast else "effects"
            yield name, plot_effects(pairs, title=contrast.name)


def _values(update: StudyUpdate, focus: Focus, emotions: Sequence[str]) -> pd.DataFrame:
    """Return the values that the focus compares."""
    people, plan, measure = update.study.inputs.participants, update.study.plan, focus.measure
    if not focus.contrast.levels:
        return label_values(_long(update, measure), focus)
    blocks = [columns_of(block, emotions, [measure], plan.baseline.correction) for block in update.segments()]
    return raincloud_values(unit_values(pd.concat(blocks, ignore_index=True), focus.contrast, people, plan), emotions)


def _long(update: StudyUpdate, measure: str) -> pd.DataFrame:
    """Return the values of participants of one measure."""
    people, plan = update.study.inputs.participants, update.study.plan
    made = [participants_long(block, people, plan, [measure]) for block in update.segments()]
    return pd.concat(made, ignore_index=True).astype({"label": str, "emotion": str, "measure": str})


def _about_validity(update: StudyUpdate, focus: Focus | None) -> Figures:
    labels, more = _labels(update, focus)
    if not update.people or not labels:
        return
    lost, any_emotion = _left_out(update, focus), 0
    order, above = np.argsort(lost, kind="stable"), int((~lost).sum())
    with open_courses(update) as courses:
        seen = {label: overview(courses, label, any_emotion, order, "seen", above) for label in labels}
    below = len(seen[labels[0]]) - math.ceil(above / people_in_row(len(order)))
    yield "validity", plot_people(
        seen, title=f"Seen and counted{more}{_together(order)}", what="share of the cell", colours="YlGnBu",
        limits=(0.0, 1.0), left_out=below, note=f"Below the line: {_few(lost)}." if below else "",
    )  # fmt: skip


def _about_people(update: StudyUpdate, focus: Focus | None) -> Figures:
    labels, more = _labels(update, focus)
    lost = _left_out(update, focus)
    if lost.all() or not labels:
        return
    emotion = focus.emotion if focus else "happy"
    place = update.study.plan.emotions.index(emotion)
    with open_courses(update) as courses:
        order = np.argsort(-peaks(courses, labels, place), kind="stable")
        order = order[~lost[order]]
        shown = {label: overview(courses, label, place, order, "values") for label in labels}
    note = f"Not shown: {_few(lost)}." if lost.any() else ""
    yield "people", plot_people(shown, title=f"{emotion}, by peak{more}{_together(order)}", what=emotion, note=note)


def _few(lost: np.ndarray) -> str:
    return f"{lost.sum()} {'participant' if lost.sum() == 1 else 'participants'} with too few used segments"


def _left_out(update: StudyUpdate, focus: Focus | None) -> np.ndarray:
    """Tell ``(people,)`` who has too few used segments to be in the comparison that comes first."""
    if focus is None:
        return np.zeros(len(update.people), bool)
    study = update.study
    found = unit_values(update.rows_once(), focus.contrast, study.inputs.participants, study.plan)
    few = {each.unit for each in found.left if np.isfinite(each.used_share)}
    return np.array([person in few for person in update.people], bool)


def _labels(update: StudyUpdate, focus: Focus | None) -> tuple[Sequence[str], str]:
    """Return the labels that figures of participants show side by side, and say how many there are if not all.

    Labels that are compared with each other are all that these figures are about; those that a comparison names come
    first.
    """
    known = labels_of(update.study.design.events)
    named: Sequence[str] = ()
    if focus is not None:
        compared = focus.contrast.factor == "label"
        named, known = (focus.contrast.levels, ()) if compared else (focus.contrast.labels, known)
    labels = list(dict.fromkeys([*named, *known]))
    return labels[:_LABELS], f", the first {_LABELS} of {len(labels)} labels" if len(labels) > _LABELS else ""


def _together(order: np.ndarray) -> str:
    """Say how many participants share a row, where there are too many for one each."""
    count = people_in_row(len(order))
    return f" (each row: mean of {count} participants)" if count > 1 else ""


def _about_sensitivity(update: StudyUpdate, focus: Focus | None) -> Figures:
    if focus is not None and update.folder.has_made(names.SENSITIVITY):
        table = update.folder.read_made(names.SENSITIVITY)
        if table["effect_value"].notna().any():
            yield "sensitivity", plot_sensitivity(table, title=focus.contrast.name)


def _about_dyads(update: StudyUpdate, focus: Focus | None) -> Figures:
    """Draw the dyads that go together most clearly, in the emotion whose windows are written."""
    if not update.folder.has_made(names.SYNCHRONY):
        return
    table, emotion = update.folder.read_made(names.SYNCHRONY), shown_emotion(update)
    table = table[table["peak_z"].notna()]
    best = table[table["emotion"] == emotion].sort_values(["peak_z", "dyad"], ascending=[False, True], kind="stable")
    best = best.drop_duplicates("dyad").head(DYADS)
    keys = zip(best["dyad"].map(csv_plain), best["recording"].map(csv_unsafe), best["label"].map(csv_plain))
    wanted = {(name, key): (number, label) for number, (name, key, label) in enumerate(keys, 1)}
    windows = update.folder.read_made(names.SYNCHRONY_WINDOWS)
    for dyad in dyads_of(update.study.design, update.study.recordings):
        number, label = wanted.get((dyad.name, csv_key(dyad.recording)), (0, ""))
        if number:
            yield f"dyad-{number:02}", _dyad(update, dyad, label, emotion, windows)


def _dyad(update: StudyUpdate, dyad: Dyad, label: str, emotion: str, windows: pd.DataFrame) -> Any:
    plan = update.study.plan
    place, step = plan.emotions.index(emotion), plan.timecourse.step_s
    own = [each for each in stretches(update, dyad) if each.label == label]
    result, _ = compared(dyad, own, place, plan, label)
    times = np.concatenate([each.onset_s + (np.arange(len(each.a)) + 0.5) * step for each in own])
    courses = pd.DataFrame({"time_s": times, "a": np.concatenate([each.a[:, place] for each in own]),
                            "b": np.concatenate([each.b[:, place] for each in own])})  # fmt: skip
    lags = grid_of(plan).lags * step
    nothing = np.full(len(lags), np.nan)
    profile = pd.DataFrame({"lag_s": lags, "z": result.profile if result else nothing,
                            "low": result.band[0] if result else nothing,
                            "high": result.band[1] if result else nothing})  # fmt: skip
    of_dyad = (windows["dyad"].map(csv_plain) == dyad.name) & (windows["label"].map(csv_plain) == label)
    mine = windows[of_dyad & (windows["recording"].map(csv_unsafe) == csv_key(dyad.recording))]
    names_of = (dyad.a.role or dyad.a.participant_id, dyad.b.role or dyad.b.participant_id)
    return plot_synchrony(courses, mine, profile, names=names_of, title=f"{_named(dyad)}: {emotion}, {label}")


def _named(dyad: Dyad) -> str:
    return f"{dyad.name}, session {dyad.a.session}" if dyad.a.session else dyad.name


def _about_coders(update: StudyUpdate, focus: Focus | None) -> Figures:
    if not update.folder.has_made(names.CONFUSION):
        return
    confusion = update.folder.read_made(names.CONFUSION)
    for number, ((first, second), rows) in enumerate(confusion.groupby(["coder_a", "coder_b"], sort=True), 1):
        if number <= 6:
            yield f"confusion-{number}", plot_confusion(rows, coder_a=str(first), coder_b=str(second))


_ABOUT: Final = (
    _about_courses, _about_values, _about_effects, _about_validity, _about_people, _about_sensitivity, _about_dyads,
    _about_coders,
)  # fmt: skip


def _depends(update: StudyUpdate) -> object:
    focus = focus_of(update.study)
    return (focus, [(name, formula.text) for name, formula in update.study.plan.measures.items()])


FIGURE_STAGE: Final = StudyStage(
    name="figures",
    words="figures",
    run=_draw,
    depends=_depends,
    needs=("segments", "participants", "comparisons", "timecourse", "synchrony", "reliability"),
    files=(),
    beside=tuple(names.figure(name, kind) for name in FIGURES for kind in KINDS),
    version=8,
)
