"""Put results into sentences: with n, difference, interval, effect size and p, as journals want them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

from videmo.plots.words import LIMIT, p_words
from videmo.spreadsheet import csv_plain
from videmo.study.baseline import LEVELS
from videmo.study.contrasts import Contrast
from videmo.study.doubt import CORRECTED as OVER_ALL
from videmo.study.doubt import all_p_words, doubtful, no_difference, undone
from videmo.study.exclusions import Flow
from videmo.study.plan import Plan
from videmo.study.statistics.chance import least_p

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


def interval(row: Row, low: str = "ci_low", high: str = "ci_high", digits: int = 3) -> str:
    """Write an interval; empty where there is none."""
    if row[low] != row[low] or row[high] != row[high]:
        return ""
    return f"95 % CI [{fixed(row[low], digits)}, {fixed(row[high], digits)}]"


def sentence(row: Row, contrast: Contrast, plan: Plan) -> str:
    """Say what a row of ``comparisons.csv`` found; where chance alone explains as much, that nothing differs reliably.

    Args:
        row: of the table.
        contrast: that it is about.
        plan: says who is the unit, and by what values are corrected.
    """
    unit, what, p = unit_words(contrast, plan), compared_words(row, contrast, plan), all_p_words(row)
    effect = _effect(row)
    if row["p_permutation"] != row["p_permutation"]:
        if row["design"] == "within":
            levels = csv_plain(row["level_a"])
            if row["level_b"] and row["level_b"] == row["level_b"]:
                levels += f" and {csv_plain(row['level_b'])}"
            return f"For each of {_sizes(row)} {unit}, {what} was the same in {levels}."
        other = f" or {contrast.factor}" if row["design"] == "correlation" else ""
        return f"In {_sizes(row)} {unit}, {what}{other} did not vary."
    if row["design"] == "correlation":
        related = "were not reliably related:" if doubtful(row) else "were related by"
        return f"In {_whole(row['n_a'])} {unit}, {what} and {contrast.factor} {related} {effect}, {p}."
    if not row["level_b"] or row["level_b"] != row["level_b"]:
        found = ", ".join(filter(None, [_f(row), effect, p]))
        differed = "did not differ reliably:" if doubtful(row) else "differed by"
        return f"Over {csv_plain(row['level_a'])}, {what} {differed} {found} ({_whole(row['n_a'])} {unit})."
    count, digits = f"{_sizes(row)} {unit}", _digits(row["difference"])
    found = f"difference {fixed(row['difference'], digits)}"
    difference = ", ".join(filter(None, [found, interval(row, digits=digits), effect, p]))
    return f"In {count}, {what} {_direction(row, contrast)}: {difference}."


def compared_words(row: Row, contrast: Contrast, plan: Plan) -> str:
    """Name the values that are compared: of an emotion, in all labels, in one, or in the difference of two."""
    emotion, measure = csv_plain(row["emotion"]), measure_words(str(row["measure"]), plan)
    what = f"displayed {emotion} ({measure})"
    if len(contrast.labels) == 2:
        return f"{difference_words(contrast)} of {what}"
    return f"{what} during {contrast.labels[0]}" if contrast.labels else what


def measure_words(measure: str, plan: Plan) -> str:
    """Name a measure, and by what its values are corrected."""
    corrected = CORRECTED[plan.baseline.correction] if measure in LEVELS else ""
    return MEASURES.get(measure, measure) + corrected


def difference_words(contrast: Contrast) -> str:
    """Name the difference of two labels that an interaction is about."""
    return f"the difference {' − '.join(contrast.labels)}"


def _direction(row: Row, contrast: Contrast) -> str:
    """Say in which of two levels values are higher, or the difference of two labels is larger, with its two means."""
    a, b = csv_plain(row["level_a"]), csv_plain(row["level_b"])
    of_labels = len(contrast.labels) == 2
    if not row["difference"] or row["difference"] != row["difference"]:
        way = f"was the same in {a} as in {b}"
    elif doubtful(row):
        way = no_difference(row)
    else:
        more, less = ("larger", "smaller") if of_labels else ("higher", "lower")
        way = f"was {more if row['difference'] > 0 else less} in {a} than in {b}"
    if not of_labels:
        return way
    digits = max(_digits(row[name]) for name in ("mean_a", "mean_b"))
    return f"{way} ({fixed(row['mean_a'], digits)} and {fixed(row['mean_b'], digits)})"


def _sizes(row: Row) -> str:
    """Write how many there are, of each group if there are two."""
    if row["design"] == "within":
        return _whole(row["n_pairs"])
    two = row["design"] == "between" and row["level_b"] and row["level_b"] == row["level_b"]
    return " and ".join(_whole(row[size]) for size in (("n_a", "n_b") if two else ("n_a",)))


def _f(row: Row) -> str:
    """Write an F with its degrees of freedom; empty where there is none, as nothing varies within."""
    if row["statistic"] != row["statistic"]:
        return ""
    df = ", ".join(f"{float(each):.4g}" for each in str(row["df"]).split(","))
    return f"F({df}) = {fixed(row['statistic'], 2)}"


def _whole(count: Any) -> str:
    """Write a number of participants; where rows lack one, tables are read with fractions."""
    return "–" if count is None or count != count else str(int(count))


def _digits(difference: float) -> int:
    """Return the decimals that show a small difference with two digits of it: three at least, seven at most."""
    size = abs(difference)
    return 3 if size >= 0.0095 or size < 1e-9 or size != size else min(7, 1 - math.floor(math.log10(size)))


def _effect(row: Row) -> str:
    if row["effect_value"] != row["effect_value"]:
        return ""
    bounds = interval(row, "effect_low", "effect_high", 2).removeprefix("95 % CI ")
    return (
        f"{EFFECTS.get(row['effect'], row['effect'])} = {fixed(row['effect_value'], 2)}{f' {bounds}' if bounds else ''}"
    )


def verdict(row: Row, alpha: float = LIMIT) -> str:
    """Say in plain words what a test allows one to say."""
    if row["p_permutation"] != row["p_permutation"]:
        return "There was nothing to test."
    if undone(row, alpha):
        return f"By itself, its p would be rare by chance alone; {OVER_ALL}, it is not."
    if row["p_permutation"] <= alpha:
        return (
            "A difference this large would be rare by chance alone."
            if row["design"] != "correlation"
            else ("A relation this strong would be rare by chance alone.")
        )
    if _too_few(row, alpha):
        return f"With so few, the largest of differences could not have a p of {alpha:g} or less.".replace("0.", ".", 1)
    return "Chance alone explains as much; that is no evidence that there is no difference."


def _too_few(row: Row, alpha: float) -> bool:
    """Tell whether no result at all could have been beyond chance."""
    design, has_pair = str(row["design"]), bool(row["level_b"]) and row["level_b"] == row["level_b"]
    if design != "correlation" and not has_pair:
        return False  # three and more levels, which have many arrangements
    first, second = (int(row[name]) if row[name] == row[name] else 0 for name in ("n_a", "n_b"))
    return least_p(design, first, second) > alpha


def together_words(synchrony: Sequence[Row], strangers: Sequence[Row], emotion: str) -> str:
    """Say how the dyads of a study go together, label by label.

    Args:
        synchrony: rows of ``synchrony.csv``.
        strangers: rows of ``pseudo_pairs.csv``; none of few dyads.
        emotion: the one to tell of.

    Returns:
        A sentence for each label; empty where no dyad could be compared.
    """
    mine = [row for row in synchrony if row["emotion"] == emotion and row["p"] == row["p"]]
    said = []
    for label in dict.fromkeys(str(row["label"]) for row in mine):
        rows = [row for row in mine if str(row["label"]) == label]
        beyond = sum(row["p"] <= 0.05 for row in rows)
        words = (
            f"During {csv_plain(label)}, the two of {beyond} of {len(rows)} dyads displayed {csv_plain(emotion)} "
            "together more than copies of them that were shifted in time (p of at most .05 each)"
        )
        for row in strangers:
            if row["emotion"] == emotion and str(row["label"]) == label:
                than = "more than" if row["difference"] > 0 else "no more than"
                against = f"mean z {fixed(row['mean_real'], 2)} against {fixed(row['mean_pseudo'], 2)}"
                words += f"; over dyads, {than} pairs of strangers: {against}, {p_words(row['p_permutation'])}"
        said.append(f"{words}.")
    return " ".join(said)


def recognised(recalls: Mapping[str, Mapping[str, float]], emotions: Sequence[str], words: Sequence[str] = ()) -> str:
    """Say how much of unseen faces of some emotions the classifier recognised, from the least to the most of all sets.

    Args:
        recalls: of the classifier's card: by set of faces, the recall of each emotion.
        emotions: those to tell of.
        words: that the study tells apart, if they are others than those of the card.

    Returns:
        A sentence, with another one where the card is about other words; empty where it says nothing.
    """
    said = []
    for emotion in emotions:
        found = sorted(round(100 * each[emotion]) for each in recalls.values() if emotion in each)
        if found:
            low, high = found[0], found[-1]
            said.append(f"{emotion} in {low} %" if low == high else f"{emotion} in {low} to {high} %")
    if not said:
        return other_words(recalls, words)
    listed = f"{', '.join(said[:-1])} and {said[-1]}" if len(said) > 1 else said[0]
    return " ".join(
        filter(None, [f"On faces that it had never seen, the classifier recognised {listed}.",
                      other_words(recalls, words)])
    )  # fmt: skip


def other_words(recalls: Mapping[str, Mapping[str, float]], words: Sequence[str]) -> str:
    """Say that a card is about fewer words than those that a study tells apart; empty if it isn't."""
    told = {word for each in recalls.values() for word in each}
    missing = [word for word in words if word not in told]
    if not told or not missing:
        return ""
    return (
        f"The classifier's card is about {len(told)} words alone; with {' and '.join(missing)} to choose from as well, "
        "the shares are others, which it does not say."
    )


def flow_words(flow: Flow, unit: str) -> str:
    """Say how many participants there are at each step, and how many of the unit were compared."""
    return (
        f"{_were(flow.listed, 'participants')} listed, {flow.recorded} recorded, {flow.analysed} had usable segments; "
        f"{_were(flow.compared, unit)} compared."
    )


def _were(count: int, nouns: str) -> str:
    return f"1 {nouns.removesuffix('s')} was" if count == 1 else f"{count} {nouns} were"


def unit_words(contrast: Contrast | None, plan: Plan) -> str:
    """Name the unit of a contrast: that of roles is the dyad in any case. Without one, it is what the study says."""
    role = contrast is not None and contrast.factor == "role"
    return "dyads" if plan.compare.unit == "dyad" or role else "participants"
