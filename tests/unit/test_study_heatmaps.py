"""Figures of participants over time: of those who count, and with a word on labels and people that they leave out."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from studies import PLAN, Face, make_study, put_recording, smile
from videmo.pipeline.study import figures
from videmo.pipeline.study import overview as overviews
from videmo.pipeline.study.measure import SEGMENTS
from videmo.pipeline.study.run import run_study
from videmo.plots.people import plot_people
from videmo.study.focus import focus_of

EVENTS = "onset,duration,label,kind\n0,2,rest,baseline\n" + "".join(
    f"{2 + 3 * place},3,{label},stimulus\n" for place, label in enumerate("abcdef")
)


def names_of(figure: Any) -> list[str]:
    return [text.get_text() for text in figure.axes[0].get_yticklabels()]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("contrast", "panels", "more"),
    [
        ("label: e - f", ["e", "f"], ""),
        ("group: control - patient | f", ["f", "a", "b", "c"], ", the first 4 of 6 labels"),
        ("group: control - patient", ["a", "b", "c", "d"], ", the first 4 of 6 labels"),
    ],
)
@pytest.mark.figures
def test_they_show_what_is_compared_of_those_who_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, contrast: str, panels: list[str], more: str
) -> None:
    plan = PLAN.replace("label: funny - neutral", contrast)
    study = make_study(tmp_path, 5, events=EVENTS, plan=plan)
    hidden = Face(smile((5, 8)), coverage=lambda times: np.where(times < 4, 1.0, 0.0))
    put_recording(tmp_path / "out", "x.mp4", [hidden])
    for name, row in (("participants.csv", "hidden,control,9\n"), ("cast.csv", "x.mp4,hidden,1\n")):
        (study / name).write_text((study / name).read_text(encoding="utf-8") + row, encoding="utf-8")
    monkeypatch.setattr("videmo.pipeline.study.run.STUDY_STAGES", (SEGMENTS,))
    update = run_study(study).update
    focus = focus_of(update.study)
    ((_, people),) = figures._about_people(update, focus)
    assert "hidden" not in names_of(people)
    assert len(names_of(people)) == 5
    assert [axis.get_title(loc="left") for axis in people.axes[:-1]] == panels
    assert people.get_suptitle() == f"happy, by peak{more}"
    assert people.get_supxlabel() == "Not shown: 1 participant with too few used segments."
    ((_, validity),) = figures._about_validity(update, focus)
    assert names_of(validity)[-1] == "hidden", "below those who count"
    assert validity.get_suptitle() == f"Seen and counted{more}"
    assert validity.get_supxlabel() == "Below the line: 1 participant with too few used segments."


@pytest.mark.parametrize(
    ("above", "index", "means"),
    [
        (1, ["p0", "p1", "p3"], [1.0, 2.5, 4.5]),
        (2, ["p0", "p2", "p4"], [1.5, 3.5, 5.0]),
        (5, ["p0", "p2", "p4"], [1.5, 3.5, 5.0]),
    ],
)
def test_those_below_the_line_share_no_row_with_others(
    monkeypatch: pytest.MonkeyPatch, above: int, index: list[str], means: list[float]
) -> None:
    monkeypatch.setattr(overviews, "ROWS", 3)
    courses = SimpleNamespace(
        keys=lambda label: [label], cells=lambda keys: 2, step_s=0.2, people=[f"p{place}" for place in range(5)],
        seen=lambda keys, cells: np.arange(1.0, 6.0)[:, None] * np.ones((1, 2)),
    )  # fmt: skip
    shown = overviews.overview(courses, "one", 0, np.arange(5), "seen", above)  # type: ignore[arg-type]
    assert list(shown.index) == index
    assert shown[0.0].tolist() == means


def test_a_line_parts_who_is_left_out() -> None:
    table = pd.DataFrame(np.ones((5, 3)), index=list("abcde"), columns=[0.0, 0.2, 0.4])
    for left, lines in ((0, []), (2, [3.0])):
        figure = plot_people({"one": table, "two": table}, title="t", what="w", left_out=left)
        for axis in figure.axes[:2]:
            assert [line.get_ydata()[0] for line in axis.get_lines()] == lines
