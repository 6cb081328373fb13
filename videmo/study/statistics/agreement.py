"""Measure how far two agree: kappa and its kin for codes, intraclass correlations for numbers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from videmo.study.measures import STEADY
from videmo.study.statistics.bootstrap import FEWEST, Floats
from videmo.study.statistics.chance import resamples


@dataclass(frozen=True, slots=True)
class Agreed:
    """Agreement of two coders."""

    agreement: float
    """Share of the time."""
    kappa: float
    """Cohen's: agreement beyond what chance would give."""
    pabak: float
    """Kappa if all codes were equally frequent and both used them alike."""
    prevalence: float
    """Share of the most frequent code, over both."""


def kappa(table: Floats) -> Agreed:
    """Compute agreement from a confusion matrix, in any unit.

    >>> kappa(np.array([[20.0, 5.0], [10.0, 15.0]])).kappa
    0.4
    """
    total = table.sum()
    if total <= 0:
        return Agreed(np.nan, np.nan, np.nan, np.nan)
    shares = table / total
    same = float(np.trace(shares))
    rows, columns = shares.sum(axis=1), shares.sum(axis=0)
    chance, kinds = float(rows @ columns), len(table)
    beyond = (same - chance) / (1 - chance) if chance < 1 else np.nan
    adjusted = (kinds * same - 1) / (kinds - 1) if kinds > 1 else np.nan
    return Agreed(same, round(beyond, 12), adjusted, float(((rows + columns) / 2).max()))


def kappa_interval(tables: Floats, bootstraps: int, seed: int) -> tuple[float, float]:
    """Give a 95 % percentile interval of kappa over recordings, never over cells.

    Args:
        tables: ``(recordings, codes, codes)``.
        bootstraps: number of resamples.
        seed: of the study.

    Returns:
        NaN of fewer than three recordings.
    """
    if len(tables) < FEWEST:
        return np.nan, np.nan
    found = []
    for drawn in resamples(len(tables), bootstraps, seed, "kappa"):
        whole = np.einsum("br,rij->bij", drawn, tables)
        shares = whole / whole.sum(axis=(1, 2), keepdims=True)
        same = np.trace(shares, axis1=1, axis2=2)
        chance = (shares.sum(axis=2) * shares.sum(axis=1)).sum(axis=1)
        with np.errstate(divide="ignore", invalid="ignore"):
            found.append((same - chance) / (1 - chance))
    known = np.concatenate(found)
    known = known[np.isfinite(known)]
    return (float(np.percentile(known, 2.5)), float(np.percentile(known, 97.5))) if len(known) else (np.nan, np.nan)


@dataclass(frozen=True, slots=True)
class Icc:
    """Intraclass correlations, by the names of McGraw & Wong (1996); in brackets those of Shrout & Fleiss (1979)."""

    one: float
    """ICC(1,1): each target has raters of its own."""
    agreement: float
    """ICC(A,1) (2,1): the same raters, whose means count."""
    consistency: float
    """ICC(C,1) (3,1): the same raters, whose means don't count."""
    one_k: float
    agreement_k: float
    consistency_k: float
    """The same of the mean of all raters."""


def icc(ratings: Floats) -> Icc:
    """Compute intraclass correlations of ``(targets, raters)``; NaN of fewer than two of either, or of no variance."""
    targets, raters = ratings.shape
    if min(targets, raters) < 2 or ratings.std() <= STEADY:
        return Icc(*[np.nan] * 6)
    grand, of_targets, of_raters = ratings.mean(), ratings.mean(axis=1), ratings.mean(axis=0)
    between = raters * ((of_targets - grand) ** 2).sum() / (targets - 1)
    judges = targets * ((of_raters - grand) ** 2).sum() / (raters - 1)
    whole = ((ratings - of_targets[:, None]) ** 2).sum()
    inside = whole / (targets * (raters - 1))
    error = (whole - judges * (raters - 1)) / ((targets - 1) * (raters - 1))
    with np.errstate(divide="ignore", invalid="ignore"):
        return Icc(
            *map(
                float,
                (
                    (between - inside) / (between + (raters - 1) * inside),
                    (between - error) / (between + (raters - 1) * error + raters * (judges - error) / targets),
                    (between - error) / (between + (raters - 1) * error),
                    (between - inside) / between,
                    (between - error) / (between + (judges - error) / targets),
                    (between - error) / between,
                ),
            )
        )
