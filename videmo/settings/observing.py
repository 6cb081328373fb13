"""Declare the settings by which recordings are observed and persons found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final

from videmo.settings.declare import SHARE, Range, Section, setting

TURNS: Final = ("none", "90", "180", "270", "auto")
"""Ways to turn pictures."""
_PRIOR_NOTE: Final = """\
Emotions are not equally frequent in the training data (neutral 35 %, angry 9 %), and an uncertain network leans towards
what is frequent. With 0, the probabilities hold for faces that show each emotion as often as the training data do; with
1, for faces that show all five equally often. Values in between find rare emotions more often, and more often mistake a
neutral face for something else. Each network ships with the value that did best on validation faces; its card says
which."""


@dataclass(frozen=True, slots=True)
class ReadingSettings(Section):
    """Choose the frames that are analysed."""

    section: ClassVar[str] = "reading"
    fps: float | None = setting(
        None,
        "Frames analysed per second. They are chosen by presentation time.",
        brief="Frames analysed per second, chosen by presentation time.",
        unit="frames per second",
        within=Range(0, 1000, low_open=True),
        unset="all",
        unset_means="every frame",
    )
    assume_fps: float | None = setting(
        None,
        "Frames per second of recordings that don't say how many they have, such as raw H.264 from a Raspberry Pi. "
        "Others keep their own times.",
        brief="Frames per second of recordings that don't say how many they have, such as raw H.264.",
        unit="frames per second",
        within=Range(0, 1000, low_open=True),
        unset_means="25",
    )
    chunk_s: float = setting(
        10.0,
        "Minimum length of a chunk. Recordings are cut into chunks at keyframes; chunks are analysed in parallel, and "
        "an interrupted analysis resumes with those that are unfinished. Does not affect what is found.",
        unit="seconds",
        within=Range(0.1, 3600),
        neutral=True,
    )
    stream: int | None = setting(
        None,
        "Which video stream of a file is analysed, counted from 1, if there are several. `videmo probe` lists them.",
        within=Range(1, 1000),
        unset_means="the one that players show",
    )
    rotate: str = setting(
        "none",
        "How pictures are turned, in degrees clockwise, besides what the file says: for cameras that hung upside down "
        "or lay on their side. `auto` looks for faces in a few pictures in all four directions.",
        choices=TURNS,
    )


@dataclass(frozen=True, slots=True)
class DetectorSettings(Section):
    """Detect faces."""

    section: ClassVar[str] = "detector"
    name: str = setting(
        "videmo",
        "Face detector: `videmo` (its own network), `yunet`, `haar`, or the path of a network (.tflite, .onnx) or "
        "cascade (.xml).",
        names_file=True,
    )
    max_side: int | None = setting(
        None,
        "Frames are scaled down for detection until their longer side has at most this many pixels. Larger values find "
        "smaller faces and take longer. `videmo` looks at halves of this size too, so that large faces are found, and "
        "enlarges smaller frames, up to twice, for faces that are too small to be seen; `auto` enlarges none.",
        brief="Longer side to which frames are scaled down for detection; larger values find smaller faces.",
        unit="pixels",
        within=Range(32, 8192),
        unset_means="640; 320 for other networks",
    )
    min_size_px: float | None = setting(
        None,
        "Smallest face to detect, measured in the displayed frame.",
        unit="pixels",
        within=Range(8, 4000),
        unset_means="no limit for networks, 40 for cascades",
    )
    search_fps: float = setting(
        5.0,
        "How often the whole picture is searched for faces; in the frames between, faces are followed in small "
        "windows. The detector `videmo` only: others search every sampled frame.",
        brief="How often the whole picture is searched for faces.",
        unit="times per second",
        within=Range(0, 1000, low_open=True),
    )
    sure_score: float | None = setting(
        None,
        "Score that a face must reach in at least one frame to be a person's; it is kept through more doubtful "
        "detections for as long as it is followed. Networks only.",
        within=Range(0.01, 0.99),
        unset_means="0.7 for `videmo`, no limit for other detectors",
    )
    min_score: float | None = setting(
        None,
        "Lowest score of a detection. Networks only; cascades have no scores (see `detector.min_neighbours`).",
        within=Range(0.01, 0.99),
        unset_means="0.3 for `videmo`, 0.6 for other networks",
    )
    scale_factor: float = setting(
        1.2, "Ratio between successive face sizes that are tried. Cascades only.", within=Range(1.01, 4)
    )
    min_neighbours: int = setting(
        4, "Minimum number of overlapping windows that make a detection. Cascades only.", within=Range(1, 100)
    )


@dataclass(frozen=True, slots=True)
class LandmarkSettings(Section):
    """Find the landmarks of faces."""

    section: ClassVar[str] = "landmarks"
    name: str = setting(
        "points",
        "Network that finds eyes, nose and corners of the mouth in each face: `points`, or the path of a .tflite "
        "network.",
        names_file=True,
    )


@dataclass(frozen=True, slots=True)
class ClassifierSettings(Section):
    """Classify the emotions that faces show."""

    section: ClassVar[str] = "classifier"
    name: str = setting(
        "broad",
        "Emotion classifier: `broad`; `ferplus`, which learned from FER+'s votes alone; `founding` (the network of the "
        "founding project); or the path of a .tflite network. `videmo models list` says what each learned from. "
        "`residual`, the former name of `ferplus`, still works.",
        brief="Emotion classifier: `broad`, `ferplus`, `founding`, or the path of a .tflite network.",
        names_file=True,
    )
    emotions: str = setting(
        "five",
        "Words for emotions: `five` (neutral, happy, sad, surprise, angry) or `seven` (fear and disgust too). With "
        "five, faces that more likely show one of the other two are marked in the column `other`.",
        choices=("five", "seven"),
        brief="Words for emotions: five, or seven with fear and disgust.",
    )
    prior_power: float | None = setting(
        None,
        "How far to correct for emotions that are rare in the training data: 0 assumes that emotions are as frequent "
        "as they are there, 1 that all are equally frequent.",
        within=SHARE,
        unset="shipped",
        unset_means="the value that the network ships with",
        note=_PRIOR_NOTE,
    )


@dataclass(frozen=True, slots=True)
class IdentitySettings(Section):
    """Recognise faces, so that a person who leaves and returns, or is cut away from, stays the same person."""

    section: ClassVar[str] = "identity"
    enabled: bool = setting(
        True,
        "Recognise faces. Without it, nothing that could recognise anybody is computed, and everyone who was out of "
        "sight for longer than `tracking.max_gap_s` comes back as a new person.",
        brief="Recognise who returns; without it, everyone who comes back is a new person.",
    )
    name: str = setting(
        "person",
        "Network that describes faces so that those of one person are alike: `person`, or the path of a .tflite "
        "network.",
        names_file=True,
    )
    rate: float = setting(
        4.0,
        "How often each face is described. More often costs time and tells no more.",
        unit="times per second",
        within=Range(0, 100, low_open=True),
    )
    at_once: int = setting(
        4,
        "How many faces of one frame are described at most. Where more are in view they take turns, from left to "
        "right, so that recognising a large group costs no more than recognising a small one.",
        unit="faces",
        within=Range(1, 1000),
    )
    min_height_px: float = setting(
        24.0,
        "Height, measured in the displayed frame, below which a face is not recognised.",
        unit="pixels",
        within=Range(0, 4000),
    )


@dataclass(frozen=True, slots=True)
class TrackingSettings(Section):
    """Turn detections into persons."""

    section: ClassVar[str] = "tracking"
    max_gap_s: float = setting(
        2.0,
        "Longest gap between detections over which a person keeps the same number. If few frames per second are "
        "analysed, gaps of up to two and a half frames are bridged in any case.",
        unit="seconds",
        within=Range(0, 60),
    )
    min_overlap: float = setting(
        0.25,
        "Minimum overlap (intersection over union) between a detection and where the person is expected.",
        within=Range(0, 1, low_open=True, high_open=True),
    )
    min_detections: int = setting(
        3,
        "Minimum number of detections that make a person. Tracks with fewer stay in the observations with the status "
        "`stray`.",
        within=Range(1),
    )
    min_duration_s: float = setting(
        0.2, "Minimum duration of a track; shorter ones are `stray` too.", unit="seconds", within=Range(0)
    )
    min_presence: float = setting(
        0.3,
        "Minimum share of the frames of a track, from its first detection to its last, in which the face is detected; "
        "tracks with a smaller share are `stray` too.",
        within=SHARE,
    )
    cut_threshold: float = setting(
        0.35,
        "Change between consecutive frames, on a scale from 0 to 1, that counts as a cut. No one is followed across a "
        "cut.",
        within=Range(0, 1, low_open=True),
    )
    face_threshold: float = setting(
        0.5,
        "How different a face and its surroundings may look from those at the same place just before, on a scale from "
        "0 to 1; from here on it is another person. 1 leaves this to `cut_threshold` alone.",
        within=Range(0, 1, low_open=True),
    )
