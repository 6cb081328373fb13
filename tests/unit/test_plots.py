"""Figures from tables: what is in them, how they read in print, and one set of colours everywhere."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from videmo.annotate.canvas import rgb
from videmo.annotate.colours import OF_WORDS
from videmo.measures.emotions import EMOTIONS
from videmo.plots import plot_overview, plot_shares, plot_timeline, plot_transitions, save_figure
from videmo.plots.style import COLOURS, LEFT_OUT_SAID, OTHER_HATCH, OTHER_SAID, WIDTHS
from videmo.plots.timeline import _left_out, _thinned
from videmo.records import Carried
from videmo.report.html import ASSETS
from videmo.timeline.episodes import COLUMNS as EPISODE_COLUMNS
from videmo.timeline.resample import timeline_columns
from videmo.timeline.summary import summary_columns
from videmo.timeline.transitions import count_transitions

TIMELINE_COLUMNS, SUMMARY_COLUMNS = timeline_columns(Carried(EMOTIONS)), summary_columns(Carried(EMOTIONS))


def course(*emotions: str | None, person: int = 1, step: float = 0.2) -> pd.DataFrame:
    """A timeline with one cell for each word; None for a cell in which nobody was seen."""
    starts = np.arange(len(emotions)) * step
    table = pd.DataFrame({"start_s": starts, "end_s": starts + step, "person": person, "frames": 2})
    table["coverage"] = [0.0 if emotion is None else 1.0 for emotion in emotions]
    for name in EMOTIONS:
        table[name] = [np.nan if emotion is None else 0.8 if emotion == name else 0.05 for emotion in emotions]
    table["emotion"] = list(emotions)
    table["confidence"] = [np.nan if emotion is None else 0.8 for emotion in emotions]
    return table[list(TIMELINE_COLUMNS)]


def summary_of(timeline: pd.DataFrame) -> pd.DataFrame:
    """As much of a summary as the figures need."""
    rows = []
    for person, cells in timeline.groupby("person"):
        seen = cells["coverage"].sum() * 0.2
        shares = {f"share_{name}": (cells["emotion"] == name).mean() for name in EMOTIONS}
        rows.append({"person": person, "seen_s": seen, "dominant": "happy", "recording": "a.mp4", **shares})
    return pd.DataFrame(rows, columns=["recording", *SUMMARY_COLUMNS])


def frames_of(timeline: pd.DataFrame) -> pd.DataFrame:
    """Observations behind a timeline: ten a second, scattered around it, left out where it is empty."""
    rng = np.random.default_rng(3)
    rows = timeline.loc[timeline.index.repeat(2)].reset_index(drop=True)
    rows["time_s"] = rows["start_s"] + np.where(np.arange(len(rows)) % 2, 0.1, 0.0)
    rows["left_out"] = np.where(rows["emotion"].isna(), "dark", "")
    rows[list(EMOTIONS)] = np.clip(rows[list(EMOTIONS)].fillna(0.2) + rng.normal(0, 0.05, (len(rows), 5)), 0, 1)
    rows["person"] = rows["person"].astype("Int64")
    return rows.assign(status="ok", frame=np.arange(len(rows)))


NOBODY = {
    "timeline": pd.DataFrame(columns=list(TIMELINE_COLUMNS)),
    "episodes": pd.DataFrame(columns=list(EPISODE_COLUMNS)),
    "summary": pd.DataFrame(columns=list(SUMMARY_COLUMNS)),
}
TIMELINE = course("happy", "happy", None, None, "sad", "sad", "sad", "neutral")
EPISODES = pd.DataFrame([(1, "happy", 0.0, 0.1, 0.4, 0.4, 0.8, 0.8)], columns=list(EPISODE_COLUMNS))


def texts(figure: object) -> list[str]:
    """Every word in a figure."""
    from matplotlib.text import Text

    return [text.get_text() for text in figure.findobj(Text) if text.get_text()]  # type: ignore[attr-defined]


def test_one_panel_a_person_with_lines_that_break_at_gaps() -> None:
    timeline = pd.concat([TIMELINE, course("angry", "angry", person=2)])
    figure = plot_timeline(timeline, EPISODES, summary_of(timeline), duration_s=2.0, title="a.mp4")
    assert len(figure.axes) == 2
    happy = next(line for line in figure.axes[0].lines if line.get_color() == COLOURS["happy"])
    heights = np.asarray(happy.get_ydata(), float)
    assert np.isnan(heights).sum() == 2, "one break at the gap, one at the end"
    assert np.nanmax(heights) == pytest.approx(0.8)


def test_valence_is_a_ribbon_and_seven_words_are_seven_lines() -> None:
    seven = TIMELINE.assign(fear=0.0, disgust=0.0, valence=TIMELINE["happy"] - TIMELINE["sad"])
    figure = plot_timeline(seven, EPISODES, summary_of(TIMELINE), duration_s=2.0, title="a.mp4")
    (ribbon,) = figure.axes[0].images
    drawn = np.ma.filled(ribbon.get_array()[0].astype(float), np.nan)
    np.testing.assert_allclose(drawn, seven["valence"].to_numpy(float))
    assert {COLOURS["fear"], COLOURS["disgust"]} <= {line.get_color() for line in figure.axes[0].lines}
    assert {"fear", "disgust", "valence 1"} <= set(texts(figure))
    assert not plot_timeline(TIMELINE, EPISODES, summary_of(TIMELINE), duration_s=2.0, title="a").axes[0].images


def test_cells_that_more_likely_show_another_emotion_are_hatched_and_explained() -> None:
    def marked(other: list[float] | None) -> tuple[list[tuple[float, float]], bool]:
        told = TIMELINE if other is None else TIMELINE.assign(other=other)
        figure = plot_timeline(told, EPISODES, summary_of(TIMELINE), duration_s=2.0, title="a.mp4")
        hatched = [each for each in figure.axes[0].collections if each.get_hatch() == OTHER_HATCH]
        corners = [path.vertices[:, 0] for each in hatched for path in each.get_paths()]
        found = [(round(float(x.min()), 6), round(float(x.max()), 6)) for x in corners]
        return found, OTHER_SAID in texts(figure)

    nan = np.nan
    assert marked(None) == ([], False)
    assert marked([0.5, 0.1, nan, nan, 0.1, 0.1, 0.1, 0.1]) == ([], False)
    assert marked([0.6, 0.1, nan, nan, 0.1, 0.7, 0.9, 0.1]) == ([(0.0, 0.2), (1.0, 1.4)], True)


def test_where_cells_are_averaged_so_is_what_marks_them() -> None:
    """A cell in a hundred is not the time around it, and a legend explains what is there."""
    many = pd.concat([TIMELINE.iloc[:1]] * 20_000, ignore_index=True)
    many["start_s"], many["end_s"] = np.arange(len(many)) / 5, np.arange(1, len(many) + 1) / 5
    other = np.where(np.arange(len(many)) % 100 == 0, 0.9, 0.0)

    def marked(values: np.ndarray) -> tuple[int, bool]:
        figure = plot_timeline(
            many.assign(other=values), EPISODES, summary_of(TIMELINE), duration_s=4000.0, title="long.mp4"
        )
        hatched = [each for each in figure.axes[0].collections if each.get_hatch() == OTHER_HATCH]
        return sum(len(each.get_paths()) for each in hatched), OTHER_SAID in texts(figure)

    assert marked(other) == (0, False)
    other[5000:6000] = 0.9
    assert marked(other) == (1, True)


def test_uncertainty_is_a_band_around_each_line() -> None:
    def bands(observations: pd.DataFrame | None) -> int:
        figure = plot_timeline(
            TIMELINE, EPISODES, summary_of(TIMELINE), duration_s=2.0, title="a", observations=observations
        )
        return sum(collection.get_alpha() == 0.2 for collection in figure.axes[0].collections)

    assert bands(None) == 0
    assert bands(frames_of(TIMELINE)) == len(EMOTIONS)


def test_left_out_stretches_look_unlike_gaps() -> None:
    figure = plot_timeline(
        TIMELINE, EPISODES, summary_of(TIMELINE), duration_s=2.0, title="a", observations=frames_of(TIMELINE)
    )
    assert {patch.get_hatch() for patch in figure.axes[0].patches} == {"//////", "xxxxx"}
    assert LEFT_OUT_SAID in texts(figure)
    whole = plot_timeline(TIMELINE, EPISODES, summary_of(TIMELINE), duration_s=2.0, title="a")
    assert LEFT_OUT_SAID not in texts(whole), "a legend explains what is there"


def test_somebody_who_was_seen_for_an_instant_was_not_seen_for_no_time_at_all() -> None:
    summary = summary_of(TIMELINE).assign(seen_s=0.04, usable=1)
    figure = plot_timeline(TIMELINE, EPISODES, summary, duration_s=2.0, title="a")
    assert "seen in one frame" in figure.axes[0].get_title(loc="left")
    assert "in one frame" in texts(plot_shares(summary, title="a"))
    brief = plot_shares(summary.assign(usable=2), title="a")
    assert "0.1 s" in texts(brief)


def test_left_out_stretches_before_and_after_what_counts_are_marked_too() -> None:
    cells = course("happy", "sad").assign(start_s=[0.4, 0.6], end_s=[0.6, 0.8])
    rows = frames_of(course(None, "happy", "happy", "sad", None, None)).query("time_s != 0.2 and time_s < 1.1")
    figure = plot_timeline(cells, EPISODES, summary_of(cells), duration_s=2.0, title="a", observations=rows)
    axis = figure.axes[0]
    found = [patch.get_extents() for patch in axis.patches if patch.get_hatch() == "xxxxx"]
    marked = [extents.transformed(axis.transData.inverted()) for extents in found]
    spans = [(float(one.x0), float(one.x1)) for one in marked]
    assert spans == [pytest.approx((0.0, 0.2)), pytest.approx((0.8, 1.2))]


def test_left_out_stretches_are_in_their_place_at_the_end_of_hours_too() -> None:
    """Tables round the times of cells, so that the width of one says little of where the last one is."""
    step, count = 1 / 60, 2 * 3600 * 60
    times = np.arange(count + 1) * step
    cells = course(*["happy"] * 2).iloc[[0]].iloc[np.zeros(count, int)]
    cells = cells.assign(start_s=times[:-1].round(6), end_s=times[1:].round(6)).reset_index(drop=True)
    away = cells["start_s"].between(7100.0, 7100.9)
    cells.loc[away, [*EMOTIONS, "confidence"]] = np.nan
    spans: list[tuple[float, float]] = []

    class Axis:
        def axvspan(self, begin: float, end: float, **drawn: Any) -> None:
            spans.append((begin, end))

    own = pd.DataFrame({"time_s": cells.loc[away, "start_s"] + step / 2, "left_out": "turned"})
    _left_out(Axis(), cells, own)
    first, last = cells.loc[away, "start_s"].iloc[0], cells.loc[away, "end_s"].iloc[-1]
    assert spans == [pytest.approx((first, last), abs=step / 2)]


@pytest.mark.parametrize("width", ["page", "column"])
def test_letters_can_be_read_at_the_width_of_a_column(width: str) -> None:
    from matplotlib.text import Text

    timeline = pd.concat([course("happy", "sad", person=person) for person in (1, 2, 3)])
    for figure in (
        plot_timeline(timeline, EPISODES, summary_of(timeline), duration_s=1.0, title="a.mp4", width=width),  # type: ignore[arg-type]
        plot_shares(summary_of(timeline), title="a.mp4", width=width),  # type: ignore[arg-type]
        plot_transitions(count_transitions(timeline, EMOTIONS), title="a.mp4"),
    ):
        sizes = [text.get_fontsize() for text in figure.findobj(Text) if text.get_text()]
        assert min(sizes) >= 6, "points, at the size of print"
        assert figure.get_figwidth() in WIDTHS.values()


def test_nothing_runs_off_the_figure() -> None:
    timeline = pd.concat([course("happy", "sad", person=person) for person in (1, 2)])
    long = "a long name of a recording " * 8 + ".mp4"
    for width in ("page", "column"):
        for figure in (
            plot_timeline(timeline, EPISODES, summary_of(timeline), duration_s=3600.0, title=long, width=width),  # type: ignore[arg-type]
            plot_transitions(count_transitions(timeline, EMOTIONS), title="a.mp4"),
        ):
            figure.draw_without_rendering()
            box = figure.get_tightbbox()
            assert box.x0 >= -0.02
            assert box.x1 <= figure.get_figwidth() + 0.02


def test_figures_of_nobody_say_so() -> None:
    assert "no face found" in texts(plot_timeline(**NOBODY, duration_s=4.0, title="a"))
    assert "no face found" in texts(plot_shares(NOBODY["summary"], title="a"))
    plot_transitions(count_transitions(NOBODY["timeline"], EMOTIONS), title="a")
    recordings = pd.DataFrame({"recording": ["a.mp4", "b.mp4"], "status": ["ok", "failed"]})
    words = texts(plot_overview(recordings, summary_of(TIMELINE).iloc[:0]))
    assert "no face found" in words
    assert "failed: see recordings.csv" in words


def test_a_person_of_whom_every_face_was_left_out_has_a_bar_without_shares() -> None:
    summary = summary_of(TIMELINE)
    summary["seen_s"] = 0.0
    assert "every face was left out" in texts(plot_shares(summary, title="a"))
    assert "every face was left out" in texts(plot_timeline(TIMELINE, EPISODES, summary, duration_s=2.0, title="a"))


def test_names_of_persons_are_shown_as_they_are() -> None:
    summary = summary_of(TIMELINE).assign(name="$x^2$ <b>Ana")
    shown = texts(plot_timeline(TIMELINE, EPISODES, summary, duration_s=2.0, title="a"))
    assert any(words.startswith(r"\$x^2\$ <b>Ana") for words in shown)


def test_transitions_are_counted_between_cells_that_touch() -> None:
    timeline = pd.concat([course("happy", "happy", "sad", None, "angry", "sad"), course("sad", "happy", person=2)])
    counts = count_transitions(timeline, EMOTIONS)
    assert counts.loc["happy", "happy"] == 1
    assert counts.loc["happy", "sad"] == 1
    assert counts.loc["angry", "sad"] == 1
    assert counts.loc["sad", "happy"] == 1
    assert counts.to_numpy().sum() == 4, "nothing across the gap, nor from one person to the next"


def test_transitions_are_shown_as_shares_of_the_changes() -> None:
    counts = count_transitions(course("happy", "sad", "happy", "sad", "happy", "angry"), EMOTIONS)
    words = texts(plot_transitions(counts, title="a"))
    assert "67%" in words
    assert "from happy (3)" in words


@pytest.mark.parametrize("suffix", ["png", "svg"])
def test_the_same_tables_give_the_same_bytes(suffix: str, tmp_path: Path) -> None:
    contents = []
    for name in ("first", "second"):
        figure = plot_timeline(
            TIMELINE, EPISODES, summary_of(TIMELINE), duration_s=2.0, title="a.mp4", observations=frames_of(TIMELINE)
        )
        save_figure(figure, tmp_path / f"{name}.{suffix}", dpi=100)
        contents.append((tmp_path / f"{name}.{suffix}").read_bytes())
    assert contents[0] == contents[1]


def test_one_set_of_colours_in_plots_pages_and_videos() -> None:
    css = (ASSETS / "base.css").read_text(encoding="utf-8")
    for emotion in EMOTIONS:
        assert re.findall(rf"--{emotion}: (#\w+);", css) == [COLOURS[emotion].lower()]
        assert OF_WORDS[emotion] == rgb(COLOURS[emotion])


def test_thinned_cells_count_by_the_time_seen() -> None:
    cells = course(*["happy", "sad"] * 900)
    cells["coverage"] = np.tile([1.0, 0.05], 900)
    thinned = _thinned(cells)
    assert len(thinned) < 1000
    assert thinned["happy"].min() > 0.7, "plainly averaged, it would be 0.43"


def test_names_of_levels_do_not_run_into_each_other() -> None:
    from videmo.plots.raincloud import plot_raincloud

    def turned(levels: list[str]) -> set[float]:
        rows = [(f"p{unit}", level, "happy", 0.1 * unit) for unit in range(4) for level in levels]
        values = pd.DataFrame(rows, columns=["unit", "level", "emotion", "value"])
        emotions = ["happy", "sad", "angry"]
        drawn = plot_raincloud(values, emotions=emotions, measure="mean of the highest 10 %", title="a")
        assert [axis.get_ylabel() for axis in drawn.axes] == ["", "", ""], "one for all panels"
        assert drawn.get_supylabel() == "mean of the highest 10 %"
        return {label.get_rotation() for label in drawn.axes[0].get_xticklabels()}

    assert turned(["funny", "neutral"]) == {0.0}
    assert turned(["funny film", "neutral film", "sad film", "fearful film"]) == {30.0}


def test_a_figure_says_how_many_levels_it_leaves_out() -> None:
    from videmo.plots.raincloud import plot_raincloud

    rows = [(f"p{unit}", f"film{level}", "happy", 0.1 * level) for unit in range(4) for level in range(8)]
    values = pd.DataFrame(rows, columns=["unit", "level", "emotion", "value"])
    drawn = plot_raincloud(values, emotions=["happy"], measure="mean", title="happy, films")
    assert drawn._suptitle.get_text() == "happy, films (the first 6 of 8)"
    few = plot_raincloud(values[values["level"] < "film5"], emotions=["happy"], measure="mean", title="happy, films")
    assert few._suptitle.get_text() == "happy, films"
