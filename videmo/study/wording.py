"""Put results into sentences: with n, difference, interval, effect size and p, as journals want them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from videmo.spreadsheet import csv_plain
from videmo.study.baseline import LEVELS
from videmo.study.exclusions import Flow
from videmo.study.inputs import Study

MEASURES: Final = {
    "mean": "mean probability", "median": "median probability", "peak": "peak probability",
    "top10_mean": "mean of the highest 10 %", "time_above": "share of the time shown",
    "dominant_share": "share of the time as the strongest", "latency_s": "time until shown",
    "auc_s": "area under the curve", "episodes": "number of episodes", "change": "change from baseline",
    "peak_change": "peak above baseline", "z": "standardised mean",
}  # fmt: skip
"""Each measure in words."""
EFFECTS: Final = {
    "g": "Hedges' g", "d_z": "d_z", "g_av": "g_av", "rho": "ρ", "eta_squared": "η²",
    "partial_eta_squared": "partial η²",
}  # fmt: skip
CORRECTED: Final = {"subtract": ", above baseline", "none": "", "zscore": ", standardised"}
"""What a correction makes of a measure, in words behind its name."""
Row = Mapping[str, Any]


def fixed(value: Any, digits: int = 3) -> str:
    """Write a number with decimals and a true minus; a dash where it is unknown."""
    if value is None or value != value:
        return "–"
    return f"{value:.{digits}f}".replace("-", "−")


def p_words(p: Any) -> str:
    """Write a p value as journals do."""
    if p is None or p != p:
        return "p unknown"
    return "p < .001" if p < 0.001 else f"p = {p:.3f}".replace("0.", ".", 1)


def interval(row: Row, low: str = "ci_low", high: str = "ci_high", digits: int = 3) -> str:
    """Write an interval; empty where there is none."""
    if row[low] != row[low] or row[high] != row[high]:
        return ""
    return f"95 % CI [{fixed(row[low], digits)}, {fixed(row[high], digits)}]"


def sentence(row: Row, unit: str, correction: str) -> str:
    """Say what a row of ``comparisons.csv`` found, and by what its values are corrected."""
    emotion, measure = csv_plain(row["emotion"]), MEASURES.get(str(row["measure"]), str(row["measure"]))
    if row["measure"] in LEVELS:
        measure += CORRECTED[correction]
    p = p_words(row["p_permutation"])
    what = f"displayed {emotion} ({measure})"
    effect = _effect(row)
    if row["design"] == "correlation":
        return f"In {row['n_a']} {unit}, {what} and {csv_plain(row['contrast'])} were related by {effect}, {p}."
    if not row["level_b"] or row["level_b"] != row["level_b"]:
        f = f"F({row['df']}) = {fixed(row['statistic'], 2)}"
        return f"Over {csv_plain(row['level_a'])}, {what} differed by {f}, {effect}, {p} ({row['n_a']} {unit})."
    a, b = csv_plain(row["level_a"]), csv_plain(row["level_b"])
    count = f"{row['n_pairs']} {unit}" if row["design"] == "within" else f"{row['n_a']} and {row['n_b']} {unit}"
    way = "higher" if row["difference"] > 0 else "lower" if row["difference"] < 0 else "the same"
    than = f"in {a} {'as' if way == 'the same' else 'than'} in {b}"
    difference = ", ".join(filter(None, [f"difference {fixed(row['difference'])}", interval(row), effect, p]))
    return f"In {count}, {what} was {way} {than}: {difference}."


def _effect(row: Row) -> str:
    if row["effect_value"] != row["effect_value"]:
        return ""
    bounds = interval(row, "effect_low", "effect_high", 2).removeprefix("95 % CI ")
    return (
        f"{EFFECTS.get(row['effect'], row['effect'])} = {fixed(row['effect_value'], 2)}{f' {bounds}' if bounds else ''}"
    )


def verdict(row: Row, alpha: float = 0.05) -> str:
    """Say in plain words what a test allows one to say."""
    if row["p_permutation"] != row["p_permutation"]:
        return "There were too few to tell."
    if row["p_permutation"] <= alpha:
        return (
            "A difference this large would be rare by chance alone."
            if row["design"] != "correlation"
            else ("A relation this strong would be rare by chance alone.")
        )
    return "Chance alone explains as much; that is no evidence that there is no difference."


def recognised(recalls: Mapping[str, Mapping[str, float]], emotions: Sequence[str]) -> str:
    """Say how much of unseen faces of some emotions the classifier recognised, from the least to the most of all sets.

    Args:
        recalls: of the classifier's card: by set of faces, the recall of each emotion.
        emotions: those to tell of.

    Returns:
        A sentence; empty where the card says nothing of them.
    """
    said = []
    for emotion in emotions:
        found = sorted(round(100 * each[emotion]) for each in recalls.values() if emotion in each)
        if found:
            low, high = found[0], found[-1]
            said.append(f"{emotion} in {low} %" if low == high else f"{emotion} in {low} to {high} %")
    if not said:
        return ""
    listed = f"{', '.join(said[:-1])} and {said[-1]}" if len(said) > 1 else said[0]
    return f"On faces that it had never seen, the classifier recognised {listed}."


def flow_words(flow: Flow, study: Study) -> str:
    """Say how many participants there are at each step."""
    unit = "dyads" if study.plan.compare.unit == "dyad" else "participants"
    return (
        f"{flow.listed} participants were listed, {flow.recorded} recorded, {flow.analysed} had usable segments; "
        f"{flow.compared} {unit} were compared."
    )


def unit_words(study: Study) -> str:
    """Name the unit of the statistics."""
    role = study.primary is not None and study.primary.factor == "role"
    return "dyads" if study.plan.compare.unit == "dyad" or role else "participants"
