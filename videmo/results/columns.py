"""Declare what every column of every table means, once per name. Those of measures follow from the measures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import chain
from types import MappingProxyType
from typing import Final, Literal

from videmo.measures.emotions import EMOTIONS, OTHER, SEVEN
from videmo.measures.measure import Column as Measured
from videmo.measures.registry import COLUMNS
from videmo.records import LANDMARKS
from videmo.settings import LEFT_OUT_REASONS, LIGHTS

Kind = Literal["number", "count", "code", "word", "text"]
"""``number``: with decimal places; ``count``: a whole number; ``code``: a whole number that names something;
``word``: one of a few; ``text``: anything."""
_FIRST, _SECOND = "0.1.0", "0.2.0"
_WORDS: Final = tuple((word, _FIRST if word in EMOTIONS else _SECOND) for word in SEVEN)


@dataclass(frozen=True, slots=True)
class Column:
    """Tell what a column means."""

    name: str
    meaning: str
    """One sentence."""
    kind: Kind
    unit: str = ""
    """Empty for numbers without one, and for texts."""
    low: float | None = None
    high: float | None = None
    """The range of its values, both ends included; None where there is no limit."""
    words: tuple[str, ...] = ()
    """All that it may say; in order from least to most where it is ``ordered``."""
    ordered: bool = False
    decimals: int | None = None
    """Decimal places in tables, of a number."""
    since: str = _FIRST
    """The version that first wrote it."""

    @property
    def level(self) -> str:
        """Return its level of measurement, as statistics programs call it."""
        if self.kind in ("number", "count"):
            return "scale"
        return "ordinal" if self.ordered else "nominal"

    @property
    def type(self) -> str:
        """Return the type of its values: number, whole number or text."""
        return {"number": "number", "count": "whole number", "code": "whole number"}.get(self.kind, "text")


def _number(
    name: str,
    meaning: str,
    decimals: int,
    unit: str = "",
    low: float | None = None,
    high: float | None = None,
    since: str = _FIRST,
) -> Column:
    return Column(name, meaning, "number", unit, low, high, decimals=decimals, since=since)


def _time(name: str, meaning: str, since: str = _FIRST) -> Column:
    return _number(name, meaning, 6, "s", since=since)


def _length(name: str, meaning: str, decimals: int = 6, since: str = _FIRST) -> Column:
    return _number(name, meaning, decimals, "s", 0, since=since)


def _share(name: str, meaning: str, since: str = _FIRST) -> Column:
    return _number(name, meaning, 4, "", 0, 1, since)


def _count(name: str, meaning: str, unit: str = "frames", since: str = _FIRST) -> Column:
    return Column(name, meaning, "count", unit, 0, since=since)


def _code(name: str, meaning: str, low: int = 1, since: str = _FIRST) -> Column:
    return Column(name, meaning, "code", low=low, since=since)


def _word(name: str, meaning: str, *words: str, ordered: bool = False, since: str = _FIRST) -> Column:
    return Column(name, meaning, "word", words=words, ordered=ordered, since=since)


def _text(name: str, meaning: str, since: str = _FIRST) -> Column:
    return Column(name, meaning, "text", since=since)


_WHO_AND_WHERE: Final = (
    _text("recording", "Path of the recording below the folder that was analysed; names its folder of results."),
    _code("person", "Number of the person within the recording, from 1 in order of first appearance; empty for strays, "
                    "and where a row is about the whole recording."),
    _text("name", "Name of the person from people.csv or cast.csv; empty without one."),
)  # fmt: skip
_OBSERVED: Final = (
    _code("frame", "Number of the frame in the recording, from 0; frames that were not sampled count too.", 0),
    _time("time_s", "Presentation time of the frame."),
    _code("track", "Number of the track, a face that was followed without a break, from 1; a person consists of "
                   "tracks, and strays have one too.", since=_SECOND),
    _number("x", "Left edge of the face's box. Where a face is followed, its box is a mean over those of the "
                 "same face up to 0.1 s before and after, the nearer the weightier; so are the other three.", 1, "px"),
    _number("y", "Upper edge of the face's box.", 1, "px"),
    _number("w", "Width of the face's box.", 1, "px", 0),
    _number("h", "Height of the face's box.", 1, "px", 0),
    _number("face_score", "The detector's confidence; not comparable between detectors.", 3, "", 0, 1),
    _word("emotion", "The most probable emotion of a face or of a cell; of an episode, the one that it is of.", *SEVEN),
    _share("confidence", "Probability of the most probable emotion."),
    _share("scene_change", "How much the picture differs from that of the previous sampled frame; from 0.35 on it "
                           "counts as a cut."),
    _share("face_change", "How much the face and its surroundings differ from those at the same place just before; "
                          "from 0.5 on it is another person.", since=_SECOND),
    *(_number(name, f"{name[-1]} of the {name[:-2].replace('_', ' ').replace('mouth', 'corner of the mouth')}, from "
                    "the subject's point of view.", 1, "px") for name in LANDMARKS),
    _word("left_out", "Why the face does not count in timelines, episodes and summaries, the first reason that "
                      "applies; empty if it counts.", *LEFT_OUT_REASONS),
)  # fmt: skip
_DERIVED: Final = (
    _time("start_s", "Where the cell or the episode begins."),
    _time("end_s", "Where the cell or the episode ends."),
    _count("frames", "Number of observations in the cell.", "observations"),
    _share("coverage", "Share of the cell in which the person was seen."),
    _time("peak_s", "Middle of the cell in which the episode is strongest."),
    _length("duration_s", "Length of the episode."),
    _share("mean", "Mean of the emotion's probability over the cells of the episode."),
    _share("peak", "Highest probability of the emotion in a cell of the episode."),
    _share(
        "episode_other",
        "Mean probability, over the cells of the episode, that the face shows fear or disgust rather "
        "than one of the five; above 0.5 the emotion is only what is nearest. Not with seven words.",
        since=_SECOND,
    ),
)
_SUMMED_UP: Final = (
    _time("first_s", "Time of the first frame in which the person's face counts; of a person none of whose faces "
          "counts, of the first of all."),
    _time("last_s", "Time of the last such frame: when it begins, so that it equals `first_s` where somebody is "
          "seen in a single frame."),
    _length("seen_s", "Time in which the person was seen.", 3),
    _share("seen_share", "Share of the sampled frames between first and last sight in which the person was seen.",
           since=_SECOND),
    _number("face_height_px", "Median height of the person's faces that count; of one of whom none does, of all.", 1,
            "px", 0),
    *(_share(f"mean_{word}", f"Mean probability of {word} over the time seen.", since) for word, since in _WORDS),
    *(_share(f"share_{word}", f"Share of the time seen in which {word} was the most probable emotion.", since)
      for word, since in _WORDS),
    *(_count(f"episodes_{word}", f"Number of episodes of {word}.", "episodes", since) for word, since in _WORDS),
    _word("dominant", "The emotion with the largest share of the time in which the person was seen.", *SEVEN),
    _count("left_out_faces", "Number of observations of the person that were left out.", "observations", _SECOND),
    _share(f"share_{OTHER}", "Share of the time seen in which fear or disgust was likelier than one of the five words.",
           since=_SECOND),
)  # fmt: skip
_RATED: Final = (
    _count("sampled", "Number of sampled frames of the recording."),
    _count("usable", "Sampled frames with a face of the person (of anyone, for the recording) that counts."),
    *(_count(f"left_out_{reason}", f"Sampled frames whose face was left out as {reason.replace('_', ' ')}.")
      for reason in LEFT_OUT_REASONS),
    _count("stray", "Sampled frames with nothing but something face-like that was seen too briefly to be a person."),
    _count("no_face", "Sampled frames without a face; of a person, those in between without that person."),
    _count("away", "Sampled frames before the first or after the last appearance of the person."),
    _share("usable_share", "Share of usable frames among the sampled ones that are not away."),
    _word("quality", "Rating of usable_share.", *reversed(LIGHTS), ordered=True),
    _length("longest_gap_s", "Longest time without a usable frame.", 3),
    _number("median_height_px", "Median height of all faces, left out or not.", 1, "px", 0, since=_SECOND),
    _number("median_brightness", "Median brightness of all faces, left out or not.", 1, "luma", 0, 255, _SECOND),
    _number("median_sharpness", "Median sharpness of all faces, left out or not.", 1, "luma", 0, since=_SECOND),
    _number("median_face_score", "Median of the detector's confidence over all faces.", 3, "", 0, 1, _SECOND),
    _length("typical_step_s", "Median time between sampled frames; of the recording only."),
    _length("longest_step_s", "Longest time between sampled frames; of the recording only."),
    _count("irregular_steps", "Steps between sampled frames that differ from the typical one by more than half of it; "
                              "of the recording only.", "steps"),
    _word("identity", "How sure it is that the person is one, and no other: recognised by the face, doubtful, or "
                      "followed only.", "recognised", "doubtful", "followed", since=_SECOND),
)  # fmt: skip
_OF_RECORDINGS: Final = (
    _word("status", "Whether the recording could be analysed: ok, incomplete (the file is cut off; the results cover "
                    "what is there) or failed.", "ok", "incomplete", "failed"),
    _text("reason", "Why it is incomplete or failed."),
    _length("recording_duration_s", "Length of the recording.", since=_SECOND),
    _count("frames_with_face", "Number of sampled frames with at least one person."),
    _share("recording_coverage", "Share of the sampled frames with at least one person.", since=_SECOND),
    _count("people", "Number of persons.", "persons"),
    _word("recording_dominant", "The emotion that was shown longest over all persons.", *SEVEN, since=_SECOND),
    _count("width", "Width of the displayed picture.", "px"),
    _count("height", "Height of the displayed picture.", "px"),
    _number("average_fps", "Mean number of frames per second.", 3, "1/s", 0),
    _text("codec", "Codec of the video stream."),
    _text("warnings", "What is odd about the recording, in sentences."),
    _share("recording_usable_share", "Share of the sampled frames with a face that counts.", since=_SECOND),
    _word("recording_quality", "Rating of recording_usable_share.", *reversed(LIGHTS), ordered=True, since=_SECOND),
    _text("settings", "Settings of this recording that are not the same for all; empty if all are.", since=_SECOND),
)  # fmt: skip
_OF_PERSONS: Final = (
    _code("merged_into", "Number of the person that people.csv says this one is.", since=_SECOND),
    _text("tracks", "Numbers of the person's tracks, separated by spaces.", since=_SECOND),
    _time("found_first_s", "First sight of the person as found, whether the face counts or not.", since=_SECOND),
    _time("found_last_s", "Last sight of the person as found, whether the face counts or not.", since=_SECOND),
    _count("sights", "Number of sights by which the person is recognised; 0 means followed only.", "sights", _SECOND),
    _number("apart", "How far apart those tracks are that were put together as the person with the least to spare.", 3,
            low=0, since=_SECOND),
    _number("apart_limit", "Up to which distance these two count as one person: further where somebody comes back to "
                           "the place that was just left.", 3, low=0, since=_SECOND),
    _text("maybe_same_as", "Persons whose faces are nearly as alike as those of one, with the distance in brackets, "
                           "nearest first.", _SECOND),
    _text("maybe_other_from_s", "Moments in seconds at which a face that was followed changes nearly as much as from "
                                "one person to another; empty: none.", _SECOND),
)  # fmt: skip
_SAID: Final = (
    _code("merge_into", "Number of the person that this one is the same as."),
    _time("from_s", "Where the stretch begins that is somebody else; empty: from the beginning.", _SECOND),
    _time("to_s", "Where that stretch ends; empty: to the end.", _SECOND),
    _text("participant", "Your name for the person, the same in every recording; empty for somebody who takes no part.",
          _SECOND),
    _word("confirmed", "Whether you looked and agreed.", "yes", since=_SECOND),
)  # fmt: skip


def _measured(column: Measured) -> Iterator[Column]:
    """Yield the columns that a measure's column gives: in observations and timelines, and in summaries."""
    own = _number(column.name, column.about, column.decimals, column.unit, column.low, column.high, column.since)
    yield own
    if column.carry in ("mean", "rest"):
        about = f"Mean of {column.name} over the time seen."
        yield replace(own, name=f"mean_{column.name}", meaning=about)


def _named() -> dict[str, Column]:
    declared = (_WHO_AND_WHERE, _OBSERVED, _DERIVED, _SUMMED_UP, _RATED, _OF_RECORDINGS, _OF_PERSONS, _SAID)
    known = {column.name: column for column in chain.from_iterable(declared)}
    for vocabulary in COLUMNS.values():
        known |= {made.name: made for column in vocabulary for made in _measured(column)}
    return known


MEANINGS: Final[Mapping[str, Column]] = MappingProxyType(_named())
"""By name: a name means the same in every table, but for `ELSEWHERE`."""
ELSEWHERE: Final[Mapping[tuple[str, str], Column]] = MappingProxyType(
    {
        ("observations", "status"): _word(
            "status", "Whether the row is the face of a person, a stray (face-like, but seen too briefly to be a "
            "person) or a sampled frame without a face.", "ok", "stray", "no_face"),
        ("cast", "apart"): _number(
            "apart", "Mean distance of the face to the participant's other faces, as matched last.", 3, low=0,
            since=_SECOND),
        ("cast", "maybe_same_as"): _text(
            "maybe_same_as", "Participants who may be the same, with the distance in brackets.", _SECOND),
    }
)  # fmt: skip
"""By table and name: where a name means something else in one table. Tables with these are not joined by them."""
