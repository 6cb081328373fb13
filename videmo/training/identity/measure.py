"""Measure how well an identity network tells people apart, on people whom it never saw."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
import numpy.typing as npt

from videmo.faces.cohort import Cohort
from videmo.faces.recognition import SIDE, FaceRecogniser
from videmo.measures.emotions.classifier import EmotionClassifier
from videmo.persons.likeness import Described, between
from videmo.settings import ClassifierSettings
from videmo.training.identity.data import FaceGatherer, Found, labelled_faces
from videmo.training.identity.mixtures import AROUND, KEPT_PX
from videmo.training.identity.verification import distances, pairs_of, verify
from videmo.weights import load_weights

Floats = npt.NDArray[np.float64]
Image = npt.NDArray[np.uint8]
Report = Callable[[str], None]

TABLE: Final = "identities"
HEIGHTS: Final = (64, 48, 32, 24)
"""Heights of faces in pixels, to which their pictures are reduced."""
YAWS: Final = (0.0, 15.0, 30.0, 90.0)
"""Bounds in degrees of how far the more turned head of a pair is turned."""
AMONG: Final = "network with its cohort"
"""The title of a network whose vectors are compared as in recordings."""
_CROP_OVER_FACE: Final = 0.92
"""Side of the network's crop over the height of a face's box."""
TALLEST: Final = round(KEPT_PX / AROUND / _CROP_OVER_FACE)
"""Height in pixels of a face in the pictures that are kept; those of smaller faces were enlarged."""
_EMOTION_OVER_KEPT: Final = 0.9
"""Side of an emotion network's crop over that of what is kept of a picture, see `faces.framing`."""


@dataclass(frozen=True, slots=True)
class Kept:
    """Labelled faces that were kept out of training."""

    faces: list[Found]
    persons: npt.NDArray[np.int64]
    lfw: npt.NDArray[np.bool_]
    """Whether a face is of LFW."""


def kept_faces(data: Path, gatherer: FaceGatherer) -> Kept:
    """Read the labelled people who are kept out of training.

    Raises:
        DatasetError: the table is missing or malformed.
    """
    names, faces = [], []
    for person, found in labelled_faces(data, TABLE, gatherer, test=True):
        names.append(person)
        faces.append(found)
    _, persons = np.unique(names, return_inverse=True)
    return Kept(faces, persons.astype(np.int64), np.array(["_" in name for name in names], np.bool_))


def crop_of(image: Image, height: float | None = None) -> Image:
    """Cut the network's crop out of what is kept of a picture; as if the face had fewer pixels, if it has."""
    middle, side = (KEPT_PX - 1) / 2, KEPT_PX / AROUND
    crop = cv2.getRectSubPix(image, (round(side), round(side)), (middle, middle))
    crop = cv2.resize(crop, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    if height is not None and height * _CROP_OVER_FACE < SIDE:
        size = max(4, round(height * _CROP_OVER_FACE))
        small = cv2.resize(crop, (size, size), interpolation=cv2.INTER_AREA)
        crop = cv2.resize(small, (SIDE, SIDE), interpolation=cv2.INTER_LINEAR)
    return np.asarray(crop, np.uint8)


def evaluate_identity(
    data: Path, network: FaceRecogniser, gatherer: FaceGatherer, report: Report, cohort: Cohort | None = None
) -> dict[str, Any]:
    """Measure a network, and its teacher beside it.

    Args:
        data: folder with ``data/identities.parquet``.
        network: to measure.
        gatherer: finds the faces; with the teacher.
        report: receives lines of progress.
        cohort: of the network; it is measured with it too.

    Raises:
        DatasetError: the table is missing or malformed.
    """
    teacher = gatherer.teacher
    kept = kept_faces(data, gatherer)
    report(f"{len(kept.faces):,} faces of {len(np.unique(kept.persons)):,} people kept out of training")
    vectors = {
        "network": described(network, kept, None),
        "teacher": _unit(teacher.describe([face.chip for face in kept.faces]).astype(np.float64)),
    }
    report("described by the network and its teacher")
    everybody = np.ones_like(kept.lfw)
    found = {
        title: {
            "network": _scores(vectors["network"][which], kept.persons[which]),
            **({} if cohort is None else {AMONG: _among(cohort, vectors["network"][which], kept.persons[which])}),
            "teacher": _scores(vectors["teacher"][which], kept.persons[which]),
        }
        for title, which in (("all", everybody), ("LFW", kept.lfw))
    }
    return {
        **found,
        "faces": len(kept.faces),
        "people": len(np.unique(kept.persons)),
        "heights": by_height(found["all"]["network"], network, kept),
        "yaw": by_yaw(vectors["network"], kept),
        "emotion": by_emotion(vectors["network"], kept),
    }


def verified(data: Path, network: FaceRecogniser, gatherer: FaceGatherer) -> dict[str, Any]:
    """Measure a network by pairs of pictures alone, for its card.

    Args:
        data: folder with ``data/identities.parquet``.
        network: to measure.
        gatherer: finds the faces.

    Raises:
        DatasetError: the table is missing or malformed.
    """
    kept = kept_faces(data, gatherer)
    vectors = described(network, kept, None)
    return {"all": _scores(vectors, kept.persons), "LFW": _scores(vectors[kept.lfw], kept.persons[kept.lfw])}


def described(network: FaceRecogniser, kept: Kept, height: float | None) -> Floats:
    """Describe faces, ``(n, 128)`` of unit length; reduced to a height in pixels unless that is None."""
    found = [network.describe(crop_of(face.image, height)) for face in kept.faces]
    return _unit(np.array(found, np.float64))


def by_height(whole: Mapping[str, Any], network: FaceRecogniser, kept: Kept) -> dict[str, Any]:
    """Measure faces of which there are fewer and fewer pixels, beside those that are not reduced."""
    reduced = {f"{height} px": _scores(described(network, kept, float(height)), kept.persons) for height in HEIGHTS}
    return {f"not reduced, at most {TALLEST} px": whole, **reduced}


def by_yaw(vectors: Floats, kept: Kept) -> dict[str, Any]:
    """Measure pairs of one person by how far the more turned head is turned."""
    same, different = pairs_of(kept.persons)
    yaw = np.abs([face.yaw for face in kept.faces])
    turned = np.maximum(yaw[same[:, 0]], yaw[same[:, 1]])
    near, apart = distances(vectors, same), distances(vectors, different)
    limit = float(np.quantile(apart, 1e-2))
    found = {}
    for low, high in pairwise(YAWS):
        rows = (turned >= low) & (turned < high)
        found[f"{low:.0f} to {high:.0f}"] = {
            "pairs": int(rows.sum()),
            "accepted": _share(near[rows] <= limit),
        }
    return found


def by_emotion(vectors: Floats, kept: Kept) -> dict[str, Any]:
    """Measure pairs of one person by whether both faces display the same emotion, as the default classifier says.

    The pictures have no labels of emotions.
    """
    classifier = EmotionClassifier(load_weights(ClassifierSettings().name))
    shown = np.array([int(classifier.predict(_emotion_crop(face.image, classifier)).argmax()) for face in kept.faces])
    same, different = pairs_of(kept.persons)
    near, limit = distances(vectors, same), float(np.quantile(distances(vectors, different), 1e-2))
    alike = shown[same[:, 0]] == shown[same[:, 1]]
    rows = {"the same emotion": alike, "two emotions": ~alike}
    return {name: {"pairs": int(each.sum()), "accepted": _share(near[each] <= limit)} for name, each in rows.items()}


def _share(accepted: npt.NDArray[np.bool_]) -> float:
    return float(accepted.mean()) if len(accepted) else float("nan")


def _emotion_crop(image: Image, classifier: EmotionClassifier) -> Image:
    """Cut what the classifier sees out of what is kept of a picture."""
    side, middle = round(KEPT_PX * _EMOTION_OVER_KEPT), (KEPT_PX - 1) / 2
    crop = cv2.getRectSubPix(image, (side, side), (middle, middle))
    size = classifier.contract.size
    return np.asarray(cv2.resize(crop, (size, size), interpolation=cv2.INTER_AREA), np.uint8)


def _scores(vectors: Floats, persons: npt.NDArray[np.int64]) -> Mapping[str, Any]:
    same, different = pairs_of(persons)
    return asdict(verify(distances(vectors, same), distances(vectors, different)))


def _among(cohort: Cohort, vectors: Floats, persons: npt.NDArray[np.int64]) -> Mapping[str, Any]:
    """Measure by how far apart faces count in recordings: by how alike others are to them."""
    around = cohort.around(vectors).tolist()
    apart = between([Described(mean, 1, (near, spread)) for mean, (near, spread) in zip(vectors, around)])
    same, different = (apart[tuple(pairs.T)] for pairs in pairs_of(persons))
    return asdict(verify(same, different))


def _unit(vectors: Floats) -> Floats:
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float64)
