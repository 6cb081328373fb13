"""Rate the data of a recording: faces that are left out, outcomes of frames, stretches to review."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from videmo.settings import LEFT_OUT_REASONS, QualitySettings
from videmo.timeline.runs import runs_of
from videmo.timeline.sampling import lasts_until, sampling_of

Flags = npt.NDArray[np.bool_]
Codes = npt.NDArray[np.int8]
OUTCOMES: Final = ("usable", *LEFT_OUT_REASONS, "stray", "no_face", "away")
"""The possible outcomes of a sampled frame, from best to worst."""
OUTCOME_WORDS: Final = {
    "usable": "usable", "small": "too small", "blurred": "blurred", "dark": "too dark", "border": "cut off",
    "turned": "turned away", "low_score": "uncertain", "stray": "no person", "no_face": "no face", "away": "away",
}  # fmt: skip
"""Words for them, for pages and videos."""
_USABLE, _STRAY, _NO_FACE, _AWAY = (OUTCOMES.index(word) for word in ("usable", "stray", "no_face", "away"))
COLUMNS: Final = (
    "person", "sampled", "usable", *(f"left_out_{reason}" for reason in LEFT_OUT_REASONS), "stray", "no_face", "away",
    "usable_share", "quality", "longest_gap_s", "median_height_px", "median_brightness", "median_sharpness",
    "median_face_score", "typical_step_s", "longest_step_s", "irregular_steps",
)  # fmt: skip
REVIEW_COLUMNS: Final = ("person", "start_s", "end_s", "duration_s", "reason")
_MEDIANS: Final = ("h", "brightness", "sharpness", "face_score")
_TOLERANCE_S = 1e-6
_MOST_NAMED: Final = 6
_PASSING: Final = 0.25
"""Whose face is found in a smaller share of the frames of whoever's is found most passes by."""


def mark_left_out(observations: pd.DataFrame, width: int, height: int, settings: QualitySettings) -> pd.DataFrame:
    """Fill in ``left_out``: for each face the first reason for which it does not count, or an empty text.

    Args:
        observations: table with ``status, x, y, w, h, face_score, brightness, sharpness, yaw, pitch``.
        width: of the displayed picture in pixels.
        height: of the displayed picture in pixels.
        settings: the thresholds, and the reasons that are applied.
    """
    numbers = {
        name: observations[name].to_numpy(np.float64)
        for name in ("x", "y", "w", "h", "face_score", "brightness", "sharpness", "yaw", "pitch")
    }
    applies: dict[str, Flags] = {
        "small": numbers["h"] < settings.min_height_px,
        "blurred": numbers["sharpness"] < settings.min_sharpness,
        "dark": numbers["brightness"] < settings.min_brightness,
        "border": _outside(numbers["x"], numbers["y"], numbers["w"], numbers["h"], width, height)
        > settings.max_outside,
        "turned": (np.abs(numbers["yaw"]) > settings.max_yaw) | (np.abs(numbers["pitch"]) > settings.max_pitch),
        "low_score": numbers["face_score"] < settings.min_score,
    }
    reason = np.full(len(observations), "", dtype=object)
    faces = (observations["status"] != "no_face").to_numpy(bool)
    for name in reversed(LEFT_OUT_REASONS):  # so that the first one that applies is the last one written
        if name in settings.leave_out:
            reason[faces & applies[name]] = name
    return observations.assign(left_out=reason)


def _outside(
    x: npt.NDArray[np.float64],
    y: npt.NDArray[np.float64],
    w: npt.NDArray[np.float64],
    h: npt.NDArray[np.float64],
    width: int,
    height: int,
) -> npt.NDArray[np.float64]:
    """Compute the share of each box that lies outside the frame, 0 to 1; NaN without a box."""
    across = np.clip(np.minimum(x + w, width) - np.maximum(x, 0), 0, None)
    down = np.clip(np.minimum(y + h, height) - np.maximum(y, 0), 0, None)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(1 - across * down / (w * h))


def usable(observations: pd.DataFrame) -> Flags:
    """Mark the rows that count: faces of persons that are not left out."""
    return np.asarray((observations["status"] == "ok") & (observations["left_out"] == ""), dtype=bool)


def rows_by_person(observations: pd.DataFrame, mask: Flags) -> list[tuple[int, npt.NDArray[np.int64]]]:
    """Group the rows for which ``mask`` is true by person, without copying the table: (person, row numbers)."""
    rows = np.flatnonzero(mask)
    persons = observations["person"].to_numpy(np.int64, na_value=0)[rows]
    order = np.argsort(persons, kind="stable")
    rows, persons = rows[order], persons[order]
    starts = np.flatnonzero(np.diff(persons, prepend=-1))
    return [(int(persons[a]), rows[a:b]) for a, b in zip(starts, np.append(starts[1:], len(rows)))]


def light(share: float, settings: QualitySettings) -> str:
    """Rate a share of usable frames, 0 to 1, by a traffic light."""
    if share >= settings.good_share:
        return "good"
    return "fair" if share >= settings.fair_share else "poor"


def mostly_lost(quality: pd.Series) -> str:
    """Name the outcome that most of the frames have that aren't usable; empty where all are, or away.

    Args:
        quality: a row of the table of `measure_quality`.
    """
    names = {reason: f"left_out_{reason}" for reason in LEFT_OUT_REASONS} | {"stray": "stray", "no_face": "no_face"}
    counts = {outcome: int(quality[column]) for outcome, column in names.items()}
    most = max(counts, key=lambda outcome: counts[outcome])
    return most if counts[most] else ""


def mostly_left_out(quality: pd.Series) -> str:
    """Name the reason for which most of a person's faces were left out; empty where none was.

    Args:
        quality: a row of the table of `measure_quality`.
    """
    counts = {reason: int(quality[f"left_out_{reason}"]) for reason in LEFT_OUT_REASONS}
    most = max(counts, key=lambda reason: counts[reason])
    return most if counts[most] else ""


def poor_persons(quality: pd.DataFrame) -> list[int]:
    """List the persons whose data are poor in a recording that is rated better, but for those who only pass by.

    Args:
        quality: the table of `measure_quality`.
    """
    whole, persons = quality.iloc[0], quality.iloc[1:]
    if whole["quality"] == "poor" or persons.empty:
        return []
    found = persons["sampled"] - persons["away"] - persons["no_face"]
    poor = (persons["quality"] == "poor") & (found >= _PASSING * found.max())
    return [int(person) for person in persons.loc[poor, "person"]]


def said_of_poor(quality: pd.DataFrame) -> list[str]:
    """Say in a sentence whose data are poor in a recording that is rated better; nothing where there is nobody."""
    poor, rated = poor_persons(quality), quality.iloc[0]["quality"] if len(quality) else ""
    if len(poor) > 1:
        who = ", ".join(map(str, poor[:_MOST_NAMED])) + (" …" if len(poor) > _MOST_NAMED else "")
        return [f"the recording is rated {rated}, but the data of {len(poor)} persons ({who}) are poor"]
    if not poor:
        return []
    row = quality[quality["person"] == poor[0]].iloc[0]
    usable = (
        f"{100 * row['usable_share']:.0f} % of the frames usable, the others mostly: {OUTCOME_WORDS[mostly_lost(row)]}"
    )
    return [f"the recording is rated {rated}, but the data of person {poor[0]} are poor ({usable})"]


def measure_quality(observations: pd.DataFrame, settings: QualitySettings, end_s: float) -> pd.DataFrame:
    """Count the sampled frames by outcome, for the recording and for each person.

    Args:
        observations: persons assigned, left-out faces marked.
        settings: the thresholds of the traffic light.
        end_s: where the recording ends.

    Returns:
        Table with `COLUMNS`. The first row, without a person, is the recording: a frame is usable if a face of any
        person counts in it, else it is left out for the reason of its first face, else it shows nothing but strays,
        else no face. A row for each person follows: frames before the first and after the last appearance are ``away``,
        those between them without this person ``no_face``. In each row ``usable``, the ``left_out_*``, ``stray``,
        ``no_face`` and ``away`` add up to ``sampled``; ``usable_share`` is the share among those that are not away.
        ``longest_gap_s`` is the longest time without a usable frame. Height, brightness, sharpness and score are
        medians over the persons' faces, left out or not. Steps are those between sampled frames; one that is off the
        typical (median) step by more than half of it is irregular. Only the recording's row has them.
    """
    frames = FrameOutcomes(observations, end_s)
    seen = np.asarray(observations["status"] == "ok", dtype=bool)

    def medians(rows: npt.NDArray[np.int64]) -> list[float]:
        return [_median(observations[name].to_numpy(np.float64)[rows]) for name in _MEDIANS]

    rows = [_row(None, frames.of_recording(), frames, medians(np.flatnonzero(seen)), settings)]
    for person, own in rows_by_person(observations, seen):
        rows.append(_row(person, frames.of_person(own), frames, medians(own), settings))
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    table["person"] = table["person"].astype("Int64")
    table["irregular_steps"] = table["irregular_steps"].astype("Int64")
    return table


def stretches_to_review(observations: pd.DataFrame, settings: QualitySettings, end_s: float) -> pd.DataFrame:
    """List the stretches without a usable frame, of the recording and of each person, longest first.

    Returns:
        Table with `REVIEW_COLUMNS`; ``reason`` is the one of most of the frames. Stretches shorter than
        `QualitySettings.review_s` are not listed, nor the time before a person's first and after the last appearance.
    """
    frames = FrameOutcomes(observations, end_s)
    seen = np.asarray(observations["status"] == "ok", dtype=bool)
    # One after the other: each has a code for every sampled frame, and there may be hundreds of persons.
    found: list[tuple[object, ...]]
    found = [(None, *stretch) for stretch in frames.unusable(frames.of_recording(), settings.review_s)]
    for person, own in rows_by_person(observations, seen):
        found += [(person, *stretch) for stretch in frames.unusable(frames.of_person(own), settings.review_s)]
    table = pd.DataFrame(found, columns=list(REVIEW_COLUMNS))
    table["person"] = table["person"].astype("Int64")
    by = ["duration_s", "start_s", "person"]
    return table.sort_values(by, ascending=[False, True, True], na_position="first", ignore_index=True)


class FrameOutcomes:
    """The sampled frames of a recording: start, end and outcome of each."""

    def __init__(self, observations: pd.DataFrame, end_s: float) -> None:
        numbers, first = np.unique(observations["frame"].to_numpy(np.int64), return_index=True)
        self.numbers = numbers
        self.times = observations["time_s"].to_numpy(np.float64)[first]
        self.steps = np.diff(self.times)
        self.typical = sampling_of(self.times).step_s
        # The outcome of each row's face, and the frame that it is in.
        self.frame_of = np.searchsorted(numbers, observations["frame"].to_numpy(np.int64))
        self.codes = np.full(len(observations), _NO_FACE, dtype=np.int8)
        self.codes[(observations["status"] == "stray").to_numpy(bool)] = _STRAY
        known = (observations["status"] == "ok").to_numpy(bool)
        for code, word in enumerate(("", *LEFT_OUT_REASONS)):
            self.codes[known & (observations["left_out"] == word).to_numpy(bool)] = code
        self.ends = np.append(self.times[1:], lasts_until(self.times, end_s)) if len(self.times) else self.times

    def regularity(self) -> tuple[float | None, float | None, int | None]:
        """Return typical and longest step between sampled frames, and the number that differ by over half of it."""
        if not len(self.steps):
            return None, None, None
        off = np.abs(self.steps - self.typical) > self.typical / 2 + _TOLERANCE_S
        return self.typical, float(self.steps.max()), int(off.sum())

    def of_recording(self) -> Codes:
        """Return the best outcome of a face in each sampled frame, as its index in `OUTCOMES`."""
        outcomes = np.full(len(self.numbers), _NO_FACE, dtype=np.int8)
        np.minimum.at(outcomes, self.frame_of, self.codes)
        return outcomes

    def of_person(self, rows: npt.NDArray[np.int64]) -> Codes:
        """Return the same for one person, who is away before the first and after the last of these rows."""
        outcomes = np.full(len(self.numbers), _NO_FACE, dtype=np.int8)
        inside = self.frame_of[rows]
        outcomes[: inside.min()] = _AWAY
        outcomes[inside.max() + 1 :] = _AWAY
        np.minimum.at(outcomes, inside, self.codes[rows])
        return outcomes

    def span_s(self, rows: npt.NDArray[np.int64]) -> tuple[float, float]:
        """Return when the first of these rows begins and the last one ends."""
        inside = self.frame_of[rows]
        return float(self.times[inside.min()]), float(self.ends[inside.max()])

    def unusable(self, outcomes: Codes, shortest_s: float) -> list[tuple[float, float, float, str]]:
        """Return start, end, length and commonest reason of each stretch without a usable frame."""
        missing = (outcomes != _USABLE) & (outcomes != _AWAY)
        stretches = []
        for begin, end in runs_of(missing):
            start_s, end_s = float(self.times[begin]), float(self.ends[end - 1])
            if end_s - start_s + _TOLERANCE_S >= shortest_s:
                commonest = OUTCOMES[int(np.bincount(outcomes[begin:end]).argmax())]
                stretches.append((start_s, end_s, end_s - start_s, commonest))
        return stretches


def _median(values: npt.NDArray[np.float64]) -> float:
    return float(np.median(values)) if len(values) else float("nan")


def _row(
    person: int | None, outcomes: Codes, frames: FrameOutcomes, medians: list[float], settings: QualitySettings
) -> tuple[object, ...]:
    counts = dict(zip(OUTCOMES, np.bincount(outcomes, minlength=len(OUTCOMES)).tolist(), strict=True))
    present = len(outcomes) - counts["away"]
    share = round(counts["usable"] / present, 4) if present else 0.0
    gaps = frames.unusable(outcomes, 0.0)
    return (
        person,
        len(outcomes),
        *counts.values(),
        share,
        light(share, settings),
        max((length for _, _, length, _ in gaps), default=0.0),
        *medians,
        *(frames.regularity() if person is None else (None, None, None)),
    )
