"""Write the paragraph for the methods section, with what a reviewer asks for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from videmo.spreadsheet import csv_plain
from videmo.study.dyad_words import dyads_said
from videmo.study.exclusions import Flow
from videmo.study.focus import Focus
from videmo.study.inputs import Study
from videmo.study.means import MeansOver
from videmo.study.papers import CITED, CLUSTERED, PAPERS, TESTS
from videmo.study.reach import Beyond
from videmo.study.valence import made_words
from videmo.study.wording import CORRECTED, MEASURES, flow_words, other_words, sentence, unit_words


@dataclass(frozen=True, slots=True)
class Instrument:
    """Say with what the recordings were analysed."""

    version: str
    """Of videmo."""
    settings: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """The values of some settings over the recordings: one each, where all were analysed alike."""
    recalls: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    """By set of unseen faces: the share of each emotion's faces that the classifier recognised."""

    def said(self, name: str) -> str:
        """Return the value of a setting; all of them where recordings differ."""
        return " or ".join(self.settings.get(name, ())) or "unknown"


@dataclass(frozen=True, slots=True)
class Found:
    """Hold what the paragraph reports."""

    flow: Flow
    primary: Mapping[str, Any] | None
    """The row of the comparison that comes first."""
    exclusions: Sequence[Mapping[str, Any]]
    tests: frozenset[str]
    """Those of ``comparisons.csv`` that were made."""
    has_dyads: bool
    has_codes: bool
    permutations: tuple[int, ...] = ()
    """How many arrangements comparisons tried; like the following, all numbers that there are."""
    cluster_statistics: frozenset[str] = frozenset()
    """Those of ``clusters.csv``: t, z and F, as far as they occur."""
    cluster_permutations: tuple[int, ...] = ()
    """Those of cluster tests; none where no courses were compared."""
    surrogates: tuple[int, ...] = ()
    """How many shifted copies intersubject correlations were compared with; none where there are none."""
    dyad_surrogates: tuple[int, ...] = ()
    """Likewise, those of dyads."""
    together: str = ""
    """How dyads go together, in a sentence."""
    means: Sequence[MeansOver] = ()
    """What contrasts that name no label were averaged over."""
    beyond: Sequence[Beyond] = ()
    """Tests that could not have found anything."""
    dyads: Sequence[Mapping[str, Any]] = ()
    """Rows of ``synchrony.csv``."""
    has_strangers: bool = False
    """Whether dyads were compared with pairs of strangers."""


def methods(study: Study, focus: Focus | None, instrument: Instrument, found: Found) -> str:
    """Return ``methods.md``: paragraphs to paste, then the papers that they cite."""
    cited: list[str] = []
    parts = [
        _measuring(study, instrument, cited),
        _segments(study, found),
        _participants(study, focus, found),
        _tests(study, focus, found, cited),
        *([_courses(study, found, cited)] if found.cluster_permutations or found.surrogates else []),
        *([_dyads(study, found, cited)] if found.has_dyads else []),
        *([_coders(cited)] if found.has_codes else []),
        *_result(study, focus, found),
    ]
    references = "\n".join(f"- {PAPERS[name]}" for name in sorted(set(cited), key=lambda name: PAPERS[name]))
    return "# Methods\n\n" + "\n\n".join(parts) + f"\n\n## References\n\n{references}\n"


def _result(study: Study, focus: Focus | None, found: Found) -> Iterator[str]:
    said = [found.together] if found.together else []
    if found.primary and focus:
        said.insert(0, sentence(found.primary, focus.contrast, study.plan))
    if said:
        yield f"**Result.** {' '.join(said)}"


def _measuring(study: Study, instrument: Instrument, cited: list[str]) -> str:
    cited.append("barrett")
    card = _card(study, instrument)
    return (
        f"**Measurement.** Recordings were analysed with videmo {instrument.version} (classifier "
        f"{instrument.said('classifier')}, detector {instrument.said('detector')}, frames per second: "
        f"{instrument.said('fps')}). In every sampled frame, faces were found and followed, and each was given "
        f"probabilities of {study.plan.study.emotions} displayed emotions ({', '.join(study.plan.words)}), which add "
        "up to 1. "
        f"Probabilities were averaged in cells of {instrument.said('step_s')} s, weighted by time and smoothed "
        f"(Gaussian, full width at half maximum {instrument.said('smoothing_s')} s); gaps were not filled in. {card}"
        "What is measured is what a face displays, not what a person feels (Barrett et al., 2019)."
    )


def _card(study: Study, instrument: Instrument) -> str:
    words = study.plan.words
    sets = []
    for name, recalls in instrument.recalls.items():
        said = ", ".join(f"{word} {100 * recalls[word]:.0f} %" for word in words if word in recalls)
        sets.append(f"{name}: {said}")
    about = other_words(instrument.recalls, words)
    return (
        f"The classifier recognised of unseen faces ({'; '.join(sets)}). {about}{' ' if about else ''}" if sets else ""
    )


def _segments(study: Study, found: Found) -> str:
    plan = study.plan
    baseline, rules = plan.baseline, plan.validity
    correction = {
        "subtract": "Means of the baseline were subtracted, without clipping",
        "none": "No baseline was subtracted",
        "zscore": "Values were standardised within participants over all valid cells",
    }[baseline.correction]
    source = {
        "auto": f"baseline events of the session, else the {baseline.before_s:g} s before onset with at least "
        f"{baseline.min_valid_s:g} s valid",
        "event": "baseline events of the session",
        "before": f"the {baseline.before_s:g} s before onset with at least {baseline.min_valid_s:g} s valid",
        "none": "none",
    }[baseline.source]
    if baseline.correction == "subtract" or {"change", "peak_change"} & {*plan.compare.measures}:
        correction += f" (baseline: {source})"
    return (
        "**Segments.** A segment is an event from its onset to its end. Cells count by their valid time. "
        f"{correction}. "
        f"Segments with less than {100 * rules.min_share:g} % valid time were not used; a "
        f"participant needed at least {100 * rules.min_segments:g} % of the segments, and one, of every compared "
        "level. "
        f"An emotion counts as shown from a probability of {rules.threshold:g} on, for at least "
        f"{rules.min_shown_s:g} s. "
        f"Repeated segments were averaged per participant and label, each alike.{_over_labels(found)}{made_words(plan)}"
    )


def _over_labels(found: Found) -> str:
    """Say over which labels contrasts were averaged that name none; empty where none averages over several."""
    return "".join(f" {said}" for each in found.means if (said := each.sentence()))


def _participants(study: Study, focus: Focus | None, found: Found) -> str:
    people = [row for row in found.exclusions if row["level"] == "participant"]
    altogether = _reasons([row for row in people if not isinstance(row.get("event"), str)])
    first = study.primary.name if study.primary else None
    of_first = _reasons([row for row in people if csv_plain(str(row.get("event"))) == first])
    segments = sum(row["level"] == "segment" for row in found.exclusions)
    out = f" Left out: {altogether}." if altogether else " Nobody was left out altogether."
    out += f" Not in the primary comparison: {of_first}." if of_first else ""
    unit = unit_words(focus.contrast if focus else None, study.plan)
    unused = "1 segment was" if segments == 1 else f"{segments} segments were"
    return f"**Participants.** {flow_words(found.flow, unit)}{out} {unused} not used."


def _reasons(rows: Sequence[Mapping[str, Any]]) -> str:
    counts = Counter(csv_plain(str(row["reason"])) for row in rows)
    return "; ".join(f"{reason} (n = {count})" for reason, count in sorted(counts.items()))


def _tests(study: Study, focus: Focus | None, found: Found, cited: list[str]) -> str:
    plan, unit = study.plan, _units(study)
    first = "No comparison was named beforehand, so all are exploratory."
    if focus is not None and focus.primary:
        first = (
            f"The primary comparison, named beforehand, was {MEASURES[focus.measure]} of {focus.emotion}, "
            f"{focus.contrast.name}, at an alpha of .05."
        )
    made = [words.format(unit=unit) for test, words in TESTS.items() if test in found.tests]
    said = [f"The unit was {_unit_said(study)}; frames were never units.", first]
    if not made:
        return f"**Statistics.** {' '.join(said)} Too few {unit} had values for any comparison."
    cited += ["holm", "bh", *(name for test, names in CITED.items() if test in found.tests for name in names)]
    tried = f"; there were {_range(found.permutations)} of them" if found.permutations else ""
    said += [
        f"{made[0][0].upper()}{_listed(made)[1:]}. Permutation p values are exact up to 20,000 arrangements, else from "
        f"{plan.compare.permutations:,} random ones{tried}.",
        *_effects(study, found, cited),
        "Within a contrast and measure, p values were corrected over emotions and pairs by Holm's method (1979); over "
        "everything but the primary comparison, q values are those of Benjamini and Hochberg (1995).",
        *(each.said for each in found.beyond if each.measure),
        f"The seed was {plan.study.seed}.",
    ]
    return f"**Statistics.** {' '.join(said)}"


def _units(study: Study) -> str:
    """Name what was compared in one word, whatever contrasts it is of."""
    found = {unit_words(contrast, study.plan) for contrast in study.wanted}
    return "units" if len(found) > 1 else next(iter(found), unit_words(None, study.plan))


def _unit_said(study: Study) -> str:
    """Say who the unit was, and of which contrasts."""
    unit = _units(study)
    if unit != "units":
        return f"the {unit.removesuffix('s')}"
    return "the participant, and the dyad where roles were compared"


def _effects(study: Study, found: Found, cited: list[str]) -> Iterator[str]:
    """Say which sizes of effects were computed, and how their intervals were."""
    sizes = []
    if "paired t" in found.tests:
        cited.append("lakens")
        sizes.append("d_z (mean difference over the standard deviation of differences) and g_av (over the mean of both "
                     "standard deviations, corrected for small samples; Lakens, 2013) within")  # fmt: skip
    if "Welch t" in found.tests:
        cited.append("hedges")
        sizes.append("Hedges' g (1981) between groups")
    if {"repeated-measures F", "Brown-Forsythe F"} & found.tests:
        sizes.append("η² or, within, partial η² for F")
    yield f"Effect sizes are {_listed(sizes)}." if sizes else ""
    if {"paired t", "Welch t", "Spearman"} & found.tests:
        cited.append("efron")
        yield (
            f"Intervals are BCa bootstraps (Efron, 1987; {study.plan.compare.bootstraps:,} resamples of "
            f"{_units(study)})."
        )


def _courses(study: Study, found: Found, cited: list[str]) -> str:
    said, parts = study.plan.timecourse, []
    corrected = CORRECTED[study.plan.baseline.correction]
    if found.cluster_permutations:
        known = [name for name in CLUSTERED if name in found.cluster_statistics]
        cited += ["holm", "maris", "sassenhagen", *(["wallace"] if "z" in known else [])]
        ways = "; ".join(CLUSTERED[name].format(unit=_units(study)) for name in known)
        parts.append(
            f"Time courses{corrected} (cells of {said.step_s:g} s with at least {100 * said.min_valid:g} % of "
            f"{_units(study)} valid) were compared by cluster-based permutation (Maris & Oostenveld, 2007; "
            f"{_range(found.cluster_permutations)} permutations; {ways}; each with the threshold of p = .05 in a "
            "single cell, two-sided but for F; mass: sum of the statistic). Within a contrast, p values of clusters "
            "were corrected over emotions and labels by Holm's method (1979), each with the smallest of each other "
            "test. The edges of a cluster are not onset or offset times (Sassenhagen & Draschkow, 2019)."
        )
    parts += [each.said for each in found.beyond if not each.measure]
    if found.surrogates:
        cited += ["isc", "chen", "efron"]
        parts.append(
            "Intersubject correlation is the mean Fisher z of each participant's course with the mean of the others "
            f"(Nastase et al., 2019), compared with {_range(found.surrogates)} copies shifted by random times. Its "
            "intervals, of five participants and more, are BCa bootstraps (Efron, 1987) of participants, without "
            "correlations of anybody with themselves (Chen et al., 2016)."
        )
    return f"**Time.** {' '.join(parts)}"


def _range(counts: Sequence[int]) -> str:
    low, high = min(counts), max(counts)
    return f"{low:,}" if low == high else f"{low:,} to {high:,}"


def _listed(words: Sequence[str]) -> str:
    return "; ".join(words)


def _dyads(study: Study, found: Found, cited: list[str]) -> str:
    copies = _range(found.dyad_surrogates) if found.dyad_surrogates else ""
    return dyads_said(study.plan, found.dyads, copies, found.has_strangers, cited)


def _coders(cited: list[str]) -> str:
    cited += ["cohen", "mcgraw"]
    return (
        "**Coders.** Codes were compared in cells of 0.2 s and of 1 s, where both had data: Cohen's kappa (1960) "
        "with a "
        "bootstrap over recordings, and PABAK. Shares of segments were compared by ICC(A,1) and ICC(C,1) "
        "(McGraw & Wong, 1996)."
    )
