"""Compare what is found, left out and said of the faces of different groups."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from videmo.faces.detector import sure_score
from videmo.settings import LEFT_OUT_REASONS, DetectorSettings
from videmo.training.classifier.metrics import calibration_error
from videmo.training.common.labels import CLASSES
from videmo.training.fairness.data import UNKNOWN
from videmo.training.fairness.faces import Observed
from videmo.training.fairness.intervals import (
    LEVEL,
    Flags,
    Interval,
    difference,
    several,
    standardised_difference,
    wilson,
)

_DRAWS: Final = 400


@dataclass(frozen=True, slots=True)
class Rate:
    """Say of which faces something is asked, and of which it is true."""

    asked: Flags
    hits: Flags

    def of(self, inside: Flags) -> tuple[int, int]:
        """Return hits and count in a part of the faces."""
        return int((self.hits & self.asked & inside).sum()), int((self.asked & inside).sum())


@dataclass(frozen=True, slots=True)
class Agreement:
    """Say where the classifier and the committee agree."""

    word: npt.NDArray[np.int64]
    """``(n,)`` what the classifier says; -1 where no face was found."""
    confidence: npt.NDArray[np.float64]
    """``(n,)``"""
    confirmed: Flags
    """``(n,)`` whether all others of the committee say the same."""
    agreed: Flags
    """``(n,)`` whether all of the committee say one word, whatever the classifier says."""


def agreement_of(observed: Observed, classifier: str, committee: Sequence[str]) -> Agreement:
    """Compare a classifier with the committee; it may be one of it."""
    word, found = observed.word(classifier), observed.found
    others = [observed.word(name) for name in committee if name != classifier]
    members = [observed.word(name) for name in committee]
    return Agreement(
        word=word,
        confidence=np.nan_to_num(observed.said[classifier].max(axis=1)),
        confirmed=found & np.all([other == word for other in others], axis=0),
        agreed=found & np.all([member == members[0] for member in members], axis=0),
    )


def rates_of(observed: Observed, agreement: Agreement) -> dict[str, Rate]:
    """Return all rates that are compared, by name."""
    found, everything = observed.found, np.ones(len(observed.score), np.bool_)
    sure = sure_score(DetectorSettings())
    rates = {
        "found": Rate(everything, found),
        "found for sure": Rate(everything, observed.score >= sure),
        "left out": Rate(found, observed.left_out != ""),
        **{f"left out: {reason}": Rate(found, observed.left_out == reason) for reason in LEFT_OUT_REASONS},
        **{f"says {word}": Rate(found, agreement.word == place) for place, word in enumerate(CLASSES)},
        **{
            f"says {word}, agreed": Rate(agreement.agreed, agreement.word == place)
            for place, word in enumerate(CLASSES)
        },
        "committee confirms": Rate(found, agreement.confirmed),
    }
    return {name: rate for name, rate in rates.items() if rate.asked.any()}


def compared(
    observed: Observed,
    classifier: str,
    committee: Sequence[str],
    categories: npt.NDArray[np.str_],
    strata: npt.NDArray[np.str_] | None = None,
) -> dict[str, Any]:
    """Compare faces by category: all numbers of each and of all faces, and the largest differences, as plain values.

    Args:
        observed: the faces.
        classifier: that is measured.
        committee: see `agreement_of`.
        categories: ``(n,)`` of each face; what is `UNKNOWN` counts among all faces alone.
        strata: ``(n,)`` for example age bands, see `largest_differences`.
    """
    agreement = agreement_of(observed, classifier, committee)
    rates = rates_of(observed, agreement)
    parts = {"all": np.ones(len(categories), np.bool_)} | {name: categories == name for name in _names(categories)}
    return {
        "categories": {name: _of_part(observed, agreement, rates, inside) for name, inside in parts.items()},
        "differences": list(largest_differences(rates, categories, strata)),
    }


def _names(categories: npt.NDArray[np.str_]) -> list[str]:
    return [str(name) for name in np.unique(categories) if name != UNKNOWN]


def _of_part(observed: Observed, agreement: Agreement, rates: Mapping[str, Rate], inside: Flags) -> dict[str, Any]:
    found = {name: rate.of(inside) for name, rate in rates.items()}
    scores = observed.score[inside & observed.found]
    return {
        "faces": int(inside.sum()),
        "rates": {name: {"n": n, "share": wilson(hits, n).plain()} for name, (hits, n) in found.items() if n},
        "score": [round(float(value), 4) for value in np.quantile(scores, (0.05, 0.25, 0.5))] if len(scores) else [],
        "confidence": _confidence(agreement, inside & observed.found),
    }


def _confidence(agreement: Agreement, inside: Flags) -> dict[str, Any]:
    """Compare confidence with how often the committee confirms it, with bootstrap intervals over the faces."""
    count = int(inside.sum())
    if not count:
        return {}
    hits, confidence = agreement.confirmed[inside].astype(np.float64), agreement.confidence[inside]
    chosen = np.random.default_rng(7).integers(0, count, (_DRAWS, count))
    gaps = (confidence - hits)[chosen].mean(axis=1)
    errors = [calibration_error(hits[rows], confidence[rows]) for rows in chosen]
    return {
        "mean": round(float(confidence.mean()), 4),
        "gap": _middle(float((confidence - hits).mean()), gaps).plain(),
        "ece": _middle(calibration_error(hits, confidence), np.array(errors)).plain(),
    }


def _middle(value: float, draws: npt.NDArray[np.float64]) -> Interval:
    low, high = np.quantile(draws, ((1 - LEVEL) / 2, (1 + LEVEL) / 2))
    return Interval(value, float(low), float(high))


def largest_differences(
    rates: Mapping[str, Rate], categories: npt.NDArray[np.str_], strata: npt.NDArray[np.str_] | None
) -> Iterator[dict[str, Any]]:
    """Yield for each rate the two categories that are furthest apart, and by how much.

    The intervals hold for all pairs of categories together. With strata, for example age bands, the difference is also
    given as if both had the same mix of them.
    """
    names = _names(categories)
    level = several(LEVEL, len(names) * (len(names) - 1) // 2)
    for title, rate in rates.items():
        counts = {name: rate.of(categories == name) for name in names}
        shares = {name: hits / n for name, (hits, n) in counts.items() if n}
        if len(shares) < 2:
            continue
        high, low = max(shares, key=lambda name: shares[name]), min(shares, key=lambda name: shares[name])
        found = {
            "rate": title,
            "high": high,
            "low": low,
            "difference": difference(counts[high], counts[low], level).plain(),
        }
        if strata is not None:
            found["standardised"] = _standardised(rate, categories, strata, high, low, level).plain()
        yield found


def _standardised(
    rate: Rate, categories: npt.NDArray[np.str_], strata: npt.NDArray[np.str_], high: str, low: str, level: float
) -> Interval:
    _, numbers = np.unique(strata, return_inverse=True)
    asked = rate.asked
    return standardised_difference(
        rate.hits[asked],
        numbers.astype(np.int64)[asked],
        (categories == high)[asked],
        (categories == low)[asked],
        level=level,
    )
