"""Find out whether the two of a dyad go together: real pairs, shifted copies, and pairs that never met."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from videmo.study.design import Design, Placement
from videmo.study.measures import on_grid
from videmo.study.meetings import Dyad, Meeting, meetings_of
from videmo.study.plan import Plan
from videmo.study.statistics.bootstrap import Floats
from videmo.study.statistics.chance import generator
from videmo.study.statistics.two_levels import within
from videmo.study.statistics.windows import FEWEST_COPIES, Grid, Together, fisher, pair, together
from videmo.study.takes import joined_track
from videmo.study.track import Track

SYNCHRONY: Final = (
    "dyad", "recording", "label", "emotion", "windows", "valid_share", "peak_z", "peak_lag_s", "leader", "mean_abs_z",
    "r0", "null_mean", "p", "surrogates", "a", "b", "reason",
)  # fmt: skip
WINDOWS: Final = ("dyad", "recording", "label", "emotion", "window_start_s", "lag_s", "r")
PSEUDO: Final = (
    "label", "emotion", "n", "mean_real", "mean_pseudo", "difference", "ci_low", "ci_high", "statistic", "df",
    "p_parametric", "p_permutation", "permutations", "d_z", "d_z_low", "d_z_high",
)  # fmt: skip
FEWEST: Final = 8
"""Dyads that pseudo-pairs need."""
PARTNERS: Final = 20
"""Strangers at most that each is paired with."""
PLOT_HOP_S: Final = 1.0


@dataclass(frozen=True, slots=True)
class Stretch:
    """Hold what both showed during one event."""

    label: str
    onset_s: float
    a: Floats
    """``(cells, e)``, NaN where nothing is valid."""
    b: Floats
    counts: npt.NDArray[np.bool_]
    """``(cells,)`` whether a cell is excluded of neither."""


def stretches_of(dyad: Dyad, track_of: Callable[[Placement], Track], design: Design, plan: Plan) -> list[Stretch]:
    """Put both on one grid during each event that both met, without the time that is excluded of either."""
    if dyad.takes_a:
        return _joined(dyad, track_of, design, plan)
    step, found = plan.timecourse.step_s, []
    gone_a, gone_b = (design.stretches(each, "exclude") for each in (dyad.a, dyad.b))
    first, second = track_of(dyad.a).without(gone_a), track_of(dyad.b).without(gone_b)
    for each in meetings_of(dyad, design):
        found.append(_stretch(each, (first, gone_a), (second, gone_b), step))
    return found


def _joined(dyad: Dyad, track_of: Callable[[Placement], Track], design: Design, plan: Plan) -> list[Stretch]:
    """Do so where they are in several recordings on one clock, each event in all that it was filmed in."""
    own = [{take.placement.recording: track_of(take.placement) for take in takes}
           for takes in (dyad.takes_a, dyad.takes_b)]  # fmt: skip
    found, shift = [], dyad.takes_a[0].shift_s
    for each in meetings_of(dyad, design):
        both = [joined_track(takes, tracks, design) for takes, tracks in zip((each.takes_a, each.takes_b), own)]
        stretch = _stretch(each, both[0], both[1], plan.timecourse.step_s)
        found.append(dataclasses.replace(stretch, onset_s=round(each.onset_a - shift, 9)))
    return found


Own = tuple[Track, Sequence[tuple[float, float]]]
"""What one of a dyad shows, and begin and end of what is excluded of it."""


def _stretch(met: Meeting, first: Own, second: Own, step: float) -> Stretch:
    a, covered_a = on_grid(first[0], met.onset_a, met.duration_s, step, first[1])
    b, covered_b = on_grid(second[0], met.onset_b, met.duration_s, step, second[1])
    counts = np.isfinite(covered_a) & np.isfinite(covered_b)
    return Stretch(met.label, met.onset_a, _valid(a, covered_a), _valid(b, covered_b), counts)


def _valid(values: Floats, covered: Floats) -> Floats:
    return np.where(covered[:, None] >= 0.5 - 1e-9, values, np.nan)


def grid_of(plan: Plan, hop_s: float | None = None) -> Grid:
    """Return the sizes of windows and lags in cells."""
    step, said = plan.timecourse.step_s, plan.synchrony
    hop = said.step_s if hop_s is None else hop_s
    return Grid(
        max(3, round(said.window_s / step)), max(1, round(hop / step)), round(said.max_lag_s / step), said.min_valid
    )


def compared(
    dyad: Dyad, stretches: Sequence[Stretch], emotion: int, plan: Plan, label: str
) -> tuple[Together | None, float]:
    """Compare a dyad with its shifted copies; returns the valid share of what counts too, NaN where nothing does."""
    grid = grid_of(plan)
    pairings = [pair(each.a[:, emotion], each.b[:, emotion], grid) for each in stretches]
    both = np.concatenate([np.isfinite(each.a[:, emotion]) & np.isfinite(each.b[:, emotion]) for each in stretches])
    counts = np.concatenate([each.counts for each in stretches])
    valid = float(both[counts].mean()) if counts.any() else np.nan
    purpose = f"{dyad.name} {dyad.a.recording} {label} {emotion}"
    return together(pairings, plan.synchrony.surrogates, plan.study.seed, purpose), valid


def synchrony_row(
    dyad: Dyad, label: str, emotion: str, found: Together | None, valid: float, plan: Plan, why: str
) -> dict[str, Any]:
    """Return a row of ``synchrony.csv``; with the reason why there is no p, or nothing at all."""
    row: dict[str, Any] = {
        "dyad": dyad.name, "recording": dyad.recording, "label": label, "emotion": emotion, "windows": 0,
        "valid_share": round(valid, 6), "leader": "", "surrogates": 0, "a": dyad.a.participant_id,
        "b": dyad.b.participant_id, "reason": why,
    }  # fmt: skip
    if found is None:
        return row
    return row | {
        "windows": found.windows, "peak_z": found.peak_z,
        "peak_lag_s": round(found.peak_lag * plan.timecourse.step_s, 6),
        "leader": "A" if found.peak_lag > 0 else "B" if found.peak_lag < 0 else "", "mean_abs_z": found.mean_abs_z,
        "r0": found.r0, "null_mean": found.null_mean, "p": found.p, "surrogates": found.surrogates,
    }  # fmt: skip


def why_not(found: Together | None, stretches: Sequence[Stretch], plan: Plan) -> str:
    """Say why a dyad has no p, or no correlation; empty if it has."""
    if found is not None and found.p == found.p:
        return ""
    said, grid = plan.synchrony, grid_of(plan)
    longest, shortest = (pick(len(each.a) for each in stretches) for pick in (max, min))
    if found is None:
        short = longest < grid.window
        return f"shorter than a window of {said.window_s:g} s" if short else "no window is valid in both, and varies"
    needed = 2 * (grid.window + grid.max_lag) + FEWEST_COPIES - 1
    if shortest < needed:
        return f"no p: too short for shifted copies, which need {needed * plan.timecourse.step_s:g} s"
    return "no p: too few shifted copies are valid"


def window_rows(dyad: Dyad, stretch: Stretch, emotion: int, name: str, plan: Plan) -> pd.DataFrame:
    """Return the rows of ``synchrony_windows.csv`` of one stretch: a window each second, at each lag."""
    step, grid = plan.timecourse.step_s, grid_of(plan, PLOT_HOP_S)
    found = pair(stretch.a[:, emotion], stretch.b[:, emotion], grid)
    r = found.at_lags()
    starts = np.round(stretch.onset_s + found.starts * step, 6)
    return pd.DataFrame(
        {"dyad": dyad.name, "recording": dyad.recording, "label": stretch.label, "emotion": name,
         "window_start_s": np.repeat(starts, len(grid.lags)),
         "lag_s": np.tile(np.round(grid.lags * step, 6), len(starts)), "r": r.ravel()}
    )  # fmt: skip


def pseudo_rows(
    label: str, emotions: Sequence[str], stretches: Mapping[str, Sequence[Stretch]], plan: Plan
) -> list[dict[str, Any]]:
    """Compare real pairs with pairs of strangers, the dyad as the unit; nothing of fewer than eight dyads.

    Args:
        label: of the events.
        emotions: names, in the order of the columns.
        stretches: of each dyad, those of the label.
        plan: the settings of the study.
    """
    names = [name for name, own in stretches.items() if own]
    if len(names) < FEWEST:
        return []
    grid, rows = grid_of(plan), []
    for place, emotion in enumerate(emotions):
        real, pseudo = [], []
        for name in names:
            own = _peak([(each.a, each.b) for each in stretches[name]], place, grid)
            others = [_peak(_mixed(stretches[name], stretches[other]), place, grid)
                      for other in _strangers(name, names, plan.study.seed)]  # fmt: skip
            known = [value for value in others if np.isfinite(value)]
            if np.isfinite(own) and known:
                real.append(own)
                pseudo.append(float(np.mean(known)))
        if len(real) >= FEWEST:
            rows.append(_pseudo_row(label, emotion, np.array(real)[:, None], np.array(pseudo)[:, None], plan))
    return rows


def _strangers(name: str, names: Sequence[str], seed: int) -> list[str]:
    others = [other for other in names if other != name]
    if len(others) <= PARTNERS:
        return others
    chosen = generator(seed, "strangers", name).choice(len(others), PARTNERS, replace=False)
    return [others[place] for place in sorted(chosen)]


def _mixed(own: Sequence[Stretch], others: Sequence[Stretch]) -> list[tuple[Floats, Floats]]:
    return [(a.a, b.b) for a, b in zip(own, others)]


def _peak(pairs: Sequence[tuple[Floats, Floats]], emotion: int, grid: Grid) -> float:
    """Return the highest mean z over lags, without surrogates."""
    z = []
    for a, b in pairs:
        cells = min(len(a), len(b))
        z.append(fisher(pair(a[:cells, emotion], b[:cells, emotion], grid).at_lags()))
    whole = np.concatenate(z) if z else np.zeros((0, 1))
    there = np.isfinite(whole)
    counts = there.sum(axis=0)
    if not counts.any():
        return np.nan
    return float(np.nanmax(np.where(counts > 0, np.where(there, whole, 0).sum(axis=0) / np.maximum(counts, 1), np.nan)))


def _pseudo_row(label: str, emotion: str, real: Floats, pseudo: Floats, plan: Plan) -> dict[str, Any]:
    found = within(
        real, pseudo, permutations=plan.compare.permutations, bootstraps=plan.compare.bootstraps, seed=plan.study.seed
    )
    _, d_z, low, high = found.effects[0]
    return {
        "label": label, "emotion": emotion, "n": found.n_pairs, "mean_real": found.mean_a[0],
        "mean_pseudo": found.mean_b[0], "difference": found.difference[0], "ci_low": found.ci_low[0],
        "ci_high": found.ci_high[0], "statistic": found.statistic[0], "df": found.df[0],
        "p_parametric": found.p_parametric[0], "p_permutation": found.p_permutation[0],
        "permutations": found.permutations, "d_z": d_z[0], "d_z_low": low[0], "d_z_high": high[0],
    }  # fmt: skip
