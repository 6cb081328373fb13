"""Correlate two people in windows, at every lag, and compare with what shifted copies give."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from videmo.study.statistics.bootstrap import Floats
from videmo.study.statistics.chance import generator

LIMIT: Final = 0.999
"""Correlations beyond this would have an endless Fisher z."""
FEWEST_COPIES: Final = 19
"""Shifted copies that a p needs."""
_FLAT: Final = 1e-12


@dataclass(frozen=True, slots=True)
class Grid:
    """Sizes in cells."""

    window: int
    hop: int
    max_lag: int
    min_valid: float
    """Share of a window that has to be valid in both."""

    @property
    def lags(self) -> np.ndarray:
        """Return the lags; above 0, the first person leads."""
        return np.arange(-self.max_lag, self.max_lag + 1)


@dataclass(frozen=True, slots=True)
class Pairing:
    """All correlations of two courses: of each window of the first with each stretch of the second."""

    starts: np.ndarray
    """``(w,)`` first cells of the windows of the first."""
    r: Floats
    """``(w, cells)`` by the first cell of the stretch, around the end; NaN where too little is valid or varies."""
    grid: Grid

    def at_lags(self) -> Floats:
        """Return ``(w, lags)`` correlations at each lag; NaN beyond the ends."""
        places = self.starts[:, None] + self.grid.lags
        found = np.take_along_axis(self.r, places % self.r.shape[1], axis=1)
        return np.where(self._inside, found, np.nan)

    @property
    def _inside(self) -> np.ndarray:
        """Return ``(w, lags)`` whether the stretch of the second lies between the ends."""
        places = self.starts[:, None] + self.grid.lags
        return (places >= 0) & (places + self.grid.window <= self.r.shape[1])

    def shifted(self, shifts: np.ndarray) -> Floats:
        """Return ``(shifts, w, lags)`` correlations with the second shifted around its end.

        Where the real pairing has none, beyond the ends, copies have none either: a mean of fewer windows varies more.
        """
        cells = self.r.shape[1]
        places = (self.starts[None, :, None] + self.grid.lags + shifts[:, None, None]) % cells
        found = self.r[np.arange(len(self.starts))[None, :, None], places]
        return np.where(self._inside, found, np.nan)

    @property
    def least_shift(self) -> int:
        """Return the smallest shift that leaves nothing of the real pairing."""
        return self.grid.window + self.grid.max_lag


def pair(first: Floats, second: Floats, grid: Grid) -> Pairing:
    """Correlate windows of one course with all stretches of another, in the cells in which both are valid.

    Args:
        first: ``(cells,)``, NaN where nothing is valid.
        second: likewise, as long.
        grid: sizes of windows and lags.
    """
    cells = len(first)
    starts = np.arange(0, cells - grid.window + 1, grid.hop)
    if not len(starts):
        return Pairing(starts, np.zeros((0, max(1, cells))), grid)
    a = np.lib.stride_tricks.sliding_window_view(first, grid.window)[starts]
    around = np.concatenate([second, second[: grid.window - 1]])
    b = np.lib.stride_tricks.sliding_window_view(around, grid.window)
    return Pairing(starts, _correlations(a, b, grid.min_valid), grid)


def _correlations(a: Floats, b: Floats, min_valid: float) -> Floats:
    """Correlate each row of one array with each row of another, where both are valid."""
    in_a, in_b = np.isfinite(a), np.isfinite(b)
    # Around a mean near both, so that squares lose no digits.
    x, y = (
        np.where(in_a, a - np.nanmean(a) if in_a.any() else 0.0, 0.0),
        np.where(in_b, b - np.nanmean(b) if in_b.any() else 0.0, 0.0),
    )
    valid_a, valid_b = in_a.astype(np.float64), in_b.astype(np.float64)
    count = valid_a @ valid_b.T
    sum_x, sum_y = x @ valid_b.T, valid_a @ y.T
    with np.errstate(divide="ignore", invalid="ignore"):
        covariance = x @ y.T - sum_x * sum_y / count
        spread_x = x**2 @ valid_b.T - sum_x**2 / count
        spread_y = valid_a @ (y**2).T - sum_y**2 / count
        r = covariance / np.sqrt(spread_x * spread_y)
    enough = (count >= min_valid * a.shape[1] - 1e-9) & (spread_x > _FLAT) & (spread_y > _FLAT)
    return np.where(enough, np.clip(r, -1.0, 1.0), np.nan)


@dataclass(frozen=True, slots=True)
class Together:
    """Say how two people go together."""

    windows: int
    peak_z: float
    """Highest mean over windows of Fisher's z, over lags."""
    peak_lag: int
    """In cells; above 0, the first leads."""
    mean_abs_z: float
    r0: float
    """At lag 0, by way of Fisher's z."""
    null_mean: float
    p: float
    surrogates: int
    profile: Floats
    """``(lags,)`` mean z."""
    band: tuple[Floats, Floats]
    """``(lags,)`` the middle 95 % of the shifted copies."""


def fisher(r: Floats) -> Floats:
    """Return Fisher's z of correlations, which end a little below 1."""
    return np.arctanh(np.clip(r, -LIMIT, LIMIT))


def together(pairings: Sequence[Pairing], surrogates: int, seed: int, purpose: str) -> Together | None:
    """Compare two people with copies of them in which the second is shifted by a random time, around its end.

    Args:
        pairings: of one or more stretches of time; their windows count alike.
        surrogates: number of copies.
        seed: of the study.
        purpose: of the randomness.

    Returns:
        None where no window has a correlation.
    """
    pairings = [each for each in pairings if len(each.starts)]
    z = fisher(np.concatenate([each.at_lags() for each in pairings])) if pairings else np.zeros((0, 1))
    if not np.isfinite(z).any():
        return None
    grid, profile = pairings[0].grid, _mean(z, axis=0)
    peak = int(np.nanargmax(profile))
    null = _null(pairings, surrogates, generator(seed, "synchrony", purpose))
    peaks = np.nanmax(null, axis=1) if len(null) else np.zeros(0)
    tried = len(peaks)
    enough = tried >= FEWEST_COPIES
    band = np.nanpercentile(null, [2.5, 97.5], axis=0) if enough else np.full((2, len(profile)), np.nan)
    return Together(
        windows=int(np.isfinite(z).any(axis=1).sum()),
        peak_z=float(profile[peak]),
        peak_lag=int(grid.lags[peak]),
        mean_abs_z=float(np.nanmean(np.abs(z))),
        r0=float(np.tanh(profile[grid.max_lag])),
        null_mean=float(peaks.mean()) if enough else np.nan,
        p=float((1 + (peaks >= profile[peak] - 1e-12).sum()) / (1 + tried)) if enough else np.nan,
        surrogates=tried if enough else 0,
        profile=profile,
        band=(band[0], band[1]),
    )


def _null(pairings: Sequence[Pairing], surrogates: int, chance: np.random.Generator) -> Floats:
    """Return ``(copies, lags)`` mean z of shifted copies; each stretch is shifted by a time of its own."""
    drawn = []
    for each in pairings:
        possible = np.arange(each.least_shift, each.r.shape[1] - each.least_shift + 1)
        if not len(possible):
            return np.zeros((0, len(pairings[0].grid.lags)))
        if len(pairings) == 1 and len(possible) <= surrogates:
            drawn.append(possible)
        else:
            drawn.append(chance.choice(possible, surrogates))
    parts = [fisher(each.shifted(shifts)) for each, shifts in zip(pairings, drawn)]
    found = _mean(np.concatenate(parts, axis=1), axis=1)
    return found[np.isfinite(found).any(axis=1)]


def _mean(values: Floats, axis: int) -> Floats:
    """Average what there is; NaN where there is nothing."""
    there = np.isfinite(values)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(there, values, 0.0).sum(axis=axis) / there.sum(axis=axis)
