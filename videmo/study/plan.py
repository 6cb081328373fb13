"""Declare what a study may set in ``study.toml``, and read that file."""

from __future__ import annotations

import dataclasses
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Final

from videmo.config import build_record
from videmo.errors import Given, StudyError, UsageError
from videmo.measures.emotions import VALENCE, VOCABULARIES
from videmo.settings import Range, Section, setting
from videmo.study.expression import Expression, parse_expression
from videmo.study.sheet import decoded, did_you_mean

CORRECTIONS: Final = ("subtract", "none", "zscore")
SOURCES: Final = ("auto", "event", "before", "none")
MEASURES: Final = (
    "mean", "median", "peak", "top10_mean", "time_above", "dominant_share", "latency_s", "auc_s", "episodes", "change",
    "peak_change", "z",
)  # fmt: skip
"""Measures of a segment that can be compared."""
OF_WORDS: Final = ("episodes", "dominant_share")
"""Those that only emotions have, not what is made of them."""
NOTHING_TO_SUBTRACT: Final = 'Write correction = "none" or "zscore" too, or choose another source.'
_SHARE: Final = Range(0, 1)
_TIMES: Final = Range(0, 3600, low_open=True)
_TIME: Final = Range(0, 3600)


@dataclass(frozen=True, slots=True)
class StudySection(Section):
    """Say what the study is about."""

    section: ClassVar[str] = "study"
    title: str = setting("", "Title of the page.")
    results: str = setting("", "Folder of results, relative to the folder of the study.")
    seed: int = setting(1, "Seed of all randomness.", within=Range(0, 2**31))
    emotions: str = setting(
        "five", "Words for emotions with which the recordings were analysed.", choices=tuple(VOCABULARIES)
    )
    factors: tuple[str, ...] = setting((), "Variables of the participants whose numbers name groups.")


@dataclass(frozen=True, slots=True)
class PrimarySection(Section):
    """Name the one comparison that was chosen before looking at the data."""

    section: ClassVar[str] = "primary"
    measure: str = setting("mean", "Measure of a segment.", choices=MEASURES)
    emotion: str = setting("", "Emotion, or a name from `[measures]`.")
    contrast: str = setting("", "Contrast, for example `label: funny - neutral`.")


@dataclass(frozen=True, slots=True)
class BaselineSection(Section):
    """Say with what each segment is compared within its participant."""

    section: ClassVar[str] = "baseline"
    source: str = setting(
        "auto",
        "`event`: events of the kind baseline; `before`: the time before the onset; `auto`: the first of these that "
        "there is; `none`: no baseline.",
        choices=SOURCES,
    )
    before_s: float = setting(1.0, "Length of the time before the onset.", unit="seconds", within=_TIMES)
    min_valid_s: float = setting(0.5, "Valid time that a baseline needs.", unit="seconds", within=Range(0, 3600))
    correction: str = setting(
        "subtract",
        "`subtract` the mean of the baseline, without clipping; `none`; or `zscore` within the participant.",
        choices=CORRECTIONS,
    )


@dataclass(frozen=True, slots=True)
class ValiditySection(Section):
    """Say which segments and participants count, and when an emotion counts as shown."""

    section: ClassVar[str] = "validity"
    min_share: float = setting(0.5, "Valid share of its time that a segment needs.", within=_SHARE)
    min_segments: float = setting(
        0.5, "Share of a participant's segments of each compared level that has to be used.", within=_SHARE
    )
    threshold: float = setting(0.5, "Probability from which an emotion counts as shown.", within=_SHARE)
    min_shown_s: float = setting(0.4, "Time above the threshold that counts as shown.", unit="seconds", within=Range(0))


@dataclass(frozen=True, slots=True)
class CompareSection(Section):
    """Say what is compared with what."""

    section: ClassVar[str] = "compare"
    contrasts: tuple[str, ...] = setting((), "Contrasts; where there are none, all that the tables allow.")
    measures: tuple[str, ...] = setting(("mean", "top10_mean", "time_above"), "Measures.", choices=MEASURES)
    emotions: tuple[str, ...] = setting((), "Emotions, and names from `[measures]`; all where there are none.")
    unit: str = setting("participant", "Unit of the statistics.", choices=("participant", "dyad"))
    permutations: int = setting(9999, "Random permutations, where not all can be tried.", within=Range(99, 1_000_000))
    bootstraps: int = setting(9999, "Bootstrap samples of intervals.", within=Range(99, 1_000_000))


@dataclass(frozen=True, slots=True)
class TimecourseSection(Section):
    """Say how time courses are made and tested."""

    section: ClassVar[str] = "timecourse"
    step_s: float = setting(0.2, "Width of a cell.", unit="seconds", within=Range(0.02, 60))
    min_valid: float = setting(
        0.8, "Share of the participants that has to be valid in a cell for it to be tested.", within=_SHARE
    )
    permutations: int = setting(
        9999, "Permutations of the cluster test; 1,999 at most above 500 cells.", within=Range(99, 1_000_000)
    )
    surrogates: int = setting(
        999,
        "Shifted copies for intersubject correlation; of more than 60,000 values fewer, 199 in any case.",
        within=Range(99, 100_000),
    )


@dataclass(frozen=True, slots=True)
class SynchronySection(Section):
    """Say how the two of a dyad are compared."""

    section: ClassVar[str] = "synchrony"
    window_s: float = setting(10.0, "Width of a window.", unit="seconds", within=Range(1, 3600))
    step_s: float = setting(10.0, "Distance between windows.", unit="seconds", within=Range(0.1, 3600))
    max_lag_s: float = setting(3.0, "Largest lag, both ways.", unit="seconds", within=Range(0, 600))
    min_valid: float = setting(0.8, "Valid share that a window needs in both.", within=_SHARE)
    surrogates: int = setting(999, "Shifted copies.", within=Range(99, 100_000))


@dataclass(frozen=True, slots=True)
class CodingSection(Section):
    """Say how much human coders look at."""

    section: ClassVar[str] = "coding"
    share: float = setting(0.1, "Share of the segments of each label that is drawn.", within=Range(0, 1, low_open=True))
    margin_s: float = setting(1.0, "Time before and after a segment that its clip shows.", unit="seconds", within=_TIME)


@dataclass(frozen=True, slots=True)
class Plan:
    """All that ``study.toml`` says."""

    study: StudySection = StudySection()
    primary: PrimarySection = PrimarySection()
    baseline: BaselineSection = BaselineSection()
    validity: ValiditySection = ValiditySection()
    compare: CompareSection = CompareSection()
    timecourse: TimecourseSection = TimecourseSection()
    synchrony: SynchronySection = SynchronySection()
    coding: CodingSection = CodingSection()
    measures: Mapping[str, Expression] = field(default_factory=dict)
    """Values made of the emotions, and of the valence of the tables, by name."""
    codes: Mapping[str, str] = field(default_factory=dict)
    """The emotion of each code of human coders; the code itself where it is none."""

    @property
    def words(self) -> tuple[str, ...]:
        """List the emotions that recordings were analysed for."""
        return VOCABULARIES[self.study.emotions]

    @property
    def emotions(self) -> tuple[str, ...]:
        """List the emotions and what is made of them, in order."""
        return (*self.words, *self.measures)

    @property
    def compared(self) -> tuple[str, ...]:
        """List the emotions that are compared."""
        return self.compare.emotions or self.emotions


SECTIONS: Final = tuple(each.name for each in dataclasses.fields(Plan))


def read_plan(content: bytes, name: str) -> Plan:
    """Read ``study.toml``.

    Raises:
        StudyError: it is no TOML, a name is not known or a value not allowed; the error names the line.
    """
    text = decoded(content, name)
    try:
        tree = tomllib.loads(text)
    except tomllib.TOMLDecodeError as exc:
        place = re.search(r"line (\d+), column (\d+)", str(exc))
        where = f"{name}, line {place[1]}, column {place[2]}" if place else name
        raise StudyError(where, f"not TOML ({exc})", advice="Put texts in quotation marks.") from exc
    try:
        return _plan(tree, text, name)
    except UsageError as exc:
        known = str(exc.subject.name) if isinstance(exc.subject, Given) else _quoted(exc.found)
        raise StudyError(line_of(text, known, name), _worded(exc), exc.expected, exc.advice) from exc


def _worded(error: UsageError) -> str:
    subject = error.subject
    if not isinstance(subject, Given):
        return error.found
    return f"{subject} is {'not known' if error.found == 'unknown value' else error.found}"


def _quoted(found: str) -> str:
    named = re.search(r"'([^']+)'", found)
    return named[1] if named else ""


def line_of(text: str, known: str, name: str) -> str:
    """Return where a setting stands in ``study.toml``, for errors, by its last name; the file where it isn't there."""
    key = known.rpartition(".")[2]
    for number, line in enumerate(text.splitlines(), 1):
        if key and re.search(rf"(^|[{{,\s\"']){re.escape(key)}[\"']?\s*=", line):
            return f"{name}, line {number}, column {line.index(key) + 1}"
    for number, line in enumerate(text.splitlines(), 1):
        if key and f"[{key}" in line:
            return f"{name}, line {number}, column {line.index(key) + 1}"
    return name


def line_of_contrast(text: str, contrast: str, key: str, name: str) -> str:
    """Return where a contrast stands in ``study.toml``, for errors: its own line, else that of its setting.

    Args:
        text: of the file.
        contrast: as it is written there.
        key: of the setting.
        name: of the file.
    """
    for number, line in enumerate(text.splitlines(), 1):
        quoted = next((sign + contrast + sign for sign in "\"'" if sign + contrast + sign in line), "")
        if quoted and not line.lstrip().startswith("#"):
            return f"{name}, line {number}, column {line.index(quoted) + 1}"
    return line_of(text, key, name)


def _plan(tree: Mapping[str, Any], text: str, name: str) -> Plan:
    for section, values in tree.items():
        if section not in SECTIONS:
            raise StudyError(line_of(text, section, name), f"unknown section [{section}]",
                             advice=did_you_mean(section, SECTIONS, "sections"))  # fmt: skip
        if not isinstance(values, Mapping):
            raise StudyError(line_of(text, section, name), f"{section} is a value", f"a section [{section}]")
    sections = {key: dict(values) for key, values in tree.items()}
    sections.setdefault("study", {})
    if "primary" in sections["study"]:
        sections["primary"] = sections["study"].pop("primary")
    said = sections.pop("measures", {})
    codes = {str(code): emotion for code, emotion in sections.pop("codes", {}).items()}
    records = {
        each.name: build_record(type(each.default), sections.get(each.name, {}), f"{each.name}.", name)
        for each in dataclasses.fields(Plan)
        if each.name not in ("measures", "codes")
    }
    plan = Plan(**records, codes=codes)  # type: ignore[arg-type]
    plan = dataclasses.replace(plan, measures=_measures(said, plan.words, text, name))
    _check_names(plan, text, name)
    return plan


def _measures(said: Mapping[str, Any], words: Sequence[str], text: str, name: str) -> dict[str, Expression]:
    found = {}
    for key, value in said.items():
        where = line_of(text, key, name)
        if key in words:
            raise StudyError(where, f"{key!r} is one of the emotions", advice="Choose another name.")
        if not isinstance(value, str):
            raise StudyError(where, f"{key} is {value!r}", 'a text such as "happy - max(sad, angry)"')
        found[key] = parse_expression(value, (*words, VALENCE), where)
    return found


def _check_names(plan: Plan, text: str, name: str) -> None:
    """Check that emotions are named that there are."""
    for emotion in (*plan.compare.emotions, *([plan.primary.emotion] if plan.primary.emotion else [])):
        if emotion not in plan.emotions:
            where = line_of(text, "emotions" if emotion in plan.compare.emotions else "emotion", name)
            raise StudyError(where, f"no emotion {emotion!r}", advice=did_you_mean(emotion, plan.emotions, "emotions"))
    for code, emotion in plan.codes.items():
        if emotion not in (*plan.words, code):
            advice = did_you_mean(str(emotion), plan.words, "emotions")
            found = f"the code {code!r} stands for {emotion!r}"
            raise StudyError(line_of(text, code, name), found, "an emotion", advice)
    if plan.primary.emotion in plan.measures and plan.primary.measure in OF_WORDS:
        found = f"{plan.primary.measure} of {plan.primary.emotion!r}, which is made of emotions"
        advice = "Choose another one: what is made of emotions has no episodes, and is never the strongest."
        raise StudyError(line_of(text, "measure", name), found, "a measure that it has", advice)
    if plan.baseline.source == "none" and plan.baseline.correction == "subtract":
        found = "there is no baseline (source), and it is to be subtracted (correction, the default)"
        raise StudyError(line_of(text, "source", name), found, advice=NOTHING_TO_SUBTRACT)
    if bool(plan.primary.emotion) != bool(plan.primary.contrast):
        advice = "Name both emotion and contrast, or leave primary out."
        raise StudyError(line_of(text, "primary", name), "the primary comparison is incomplete", advice=advice)
