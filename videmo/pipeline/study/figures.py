"""Draw the figures of a study from the tables that were made, each as PNG, SVG and PDF."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import numpy as np
import pandas as pd

from videmo.pipeline.study.courses import course_of
from videmo.pipeline.study.dyads import shown_emotion, stretches
from videmo.pipeline.study.update import StudyStage, StudyUpdate
from videmo.plots.agreement import plot_confusion
from videmo.plots.courses import plot_timecourse
from videmo.plots.dyads import plot_synchrony
from videmo.plots.effects import plot_effects, plot_sensitivity
from videmo.plots.people import plot_people
from videmo.plots.raincloud import plot_raincloud
from videmo.plots.save import save_figure
from videmo.results import names
from videmo.spreadsheet import csv_plain
from videmo.study.dyads import Dyad, compared, dyads_of, grid_of
from videmo.study.events import labels_of
from videmo.study.focus import Focus, clusters_of, course_levels, focus_of, raincloud_values
from videmo.study.tables import participants_long
from videmo.study.wording import MEASURES

DYADS: Final = 12
"""So many dyads have a figure of their own: those that go together most clearly."""
FIGURES: Final = (
    "timecourse", "raincloud", "effects", "validity", "people", "sensitivity",
    *(f"dyad-{number:02}" for number in range(1, DYADS + 1)), *(f"confusion-{number}" for number in range(1, 7)),
)  # fmt: skip
KINDS: Final = ("png", "svg", "pdf")
_LABELS: Final = 4
"""Labels side by side in a figure of participants."""
_DPI: Final = 200


def _draw(update: StudyUpdate) -> None:
    focus = focus_of(update.study)
    for make in (_about_focus, _about_people, _about_sensitivity, _about_dyads, _about_coders):
        for name, figure in make(update, focus):
            for kind in KINDS:
                with update.folder.making(names.figure(name, kind)) as path:
                    save_figure(figure, path, dpi=_DPI)
                figure.set_layout_engine("none")  # laid out once, for all three


Figures = Iterator[tuple[str, Any]]


def _about_focus(update: StudyUpdate, focus: Focus | None) -> Figures:
    if focus is None:
        return
    folder, plan = update.folder, update.study.plan
    emotions = [focus.emotion, *(name for name in plan.compared if name != focus.emotion)]
    courses = course_levels(folder.read_made(names.TIMECOURSE), focus)
    if len(courses):
        clusters = clusters_of(folder.read_made(names.CLUSTERS), str(courses["label"].iloc[0]), focus)
        yield "timecourse", plot_timecourse(courses, clusters, emotions=emotions, title=focus.contrast.name)
    long = participants_long(update.segments, update.study.inputs.participants, plan)
    values = raincloud_values(long.astype({"label": str, "emotion": str, "measure": str}), focus)
    if len(values):
        words = MEASURES[focus.measure]
        yield "raincloud", plot_raincloud(values, emotions=emotions, measure=words, title=focus.contrast.name)
    rows = folder.read_made(names.COMPARISONS)
    pairs = rows[(rows["contrast"] == focus.contrast.name) & rows["difference"].notna()]
    if len(focus.contrast.levels) == 2 and len(pairs):
        yield "effects", plot_effects(pairs, title=focus.contrast.name)


def _about_people(update: StudyUpdate, focus: Focus | None) -> Figures:
    labels = labels_of(update.study.design.events)[:_LABELS]
    if focus is not None and focus.contrast.factor == "label":
        labels = focus.contrast.levels[:_LABELS]
    if not update.people or not labels:
        return
    place = update.study.plan.emotions.index(focus.emotion if focus else "happy")
    courses = {label: course_of(update, label, place) for label in labels}
    yield "validity", plot_people(
        {label: _wide(update, np.where(each.covered > 0, each.covered, np.nan)) for label, each in courses.items()},
        title="Seen and counted", what="share of the cell", colours="YlGnBu", limits=(0.0, 1.0),
    )  # fmt: skip
    peaks = np.max([[_peak(row) for row in course.values] for course in courses.values()], axis=0)
    order = np.argsort(-peaks, kind="stable")
    emotion = update.study.plan.emotions[place]
    yield (
        "people",
        plot_people(
            {label: _wide(update, course.values).iloc[order] for label, course in courses.items()},
            title=f"{emotion}, by peak",
            what=emotion,
        ),
    )


def _peak(values: np.ndarray) -> float:
    known = values[np.isfinite(values)]
    return float(known.max()) if len(known) else -np.inf


def _wide(update: StudyUpdate, values: np.ndarray) -> pd.DataFrame:
    step = update.study.plan.timecourse.step_s
    return pd.DataFrame(values, index=update.people, columns=np.round(np.arange(values.shape[1]) * step, 6))


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
    best = table[table["emotion"] == emotion].sort_values(["peak_z", "dyad"], ascending=[False, True], kind="stable")
    wanted = {csv_plain(name): number for number, name in enumerate(dict.fromkeys(best["dyad"]), 1)}
    windows = update.folder.read_made(names.SYNCHRONY_WINDOWS)
    for dyad in dyads_of(update.study.design):
        number = wanted.pop(dyad.name, DYADS + 1)
        if number <= DYADS:
            yield f"dyad-{number:02}", _dyad(update, dyad, emotion, windows)


def _dyad(update: StudyUpdate, dyad: Dyad, emotion: str, windows: pd.DataFrame) -> Any:
    plan = update.study.plan
    place, step = plan.emotions.index(emotion), plan.timecourse.step_s
    found = stretches(update, dyad)
    label = found[0].label
    own = [each for each in found if each.label == label]
    result, _ = compared(dyad, own, place, plan, label)
    times = np.concatenate([each.onset_s + (np.arange(len(each.a)) + 0.5) * step for each in own])
    courses = pd.DataFrame({"time_s": times, "a": np.concatenate([each.a[:, place] for each in own]),
                            "b": np.concatenate([each.b[:, place] for each in own])})  # fmt: skip
    lags = grid_of(plan).lags * step
    nothing = np.full(len(lags), np.nan)
    profile = pd.DataFrame({"lag_s": lags, "z": result.profile if result else nothing,
                            "low": result.band[0] if result else nothing,
                            "high": result.band[1] if result else nothing})  # fmt: skip
    mine = windows[windows["dyad"].map(csv_plain) == dyad.name]
    names_of = (dyad.a.role or dyad.a.participant_id, dyad.b.role or dyad.b.participant_id)
    return plot_synchrony(courses, mine, profile, names=names_of, title=f"{dyad.name}: {emotion}, {label}")


def _about_coders(update: StudyUpdate, focus: Focus | None) -> Figures:
    if not update.folder.has_made(names.CONFUSION):
        return
    confusion = update.folder.read_made(names.CONFUSION)
    for number, ((first, second), rows) in enumerate(confusion.groupby(["coder_a", "coder_b"], sort=True), 1):
        if number <= 6:
            yield f"confusion-{number}", plot_confusion(rows, coder_a=str(first), coder_b=str(second))


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
)
