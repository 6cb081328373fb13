"""Observe the faces of pictures as analysis does: found, landmarks, quality, and what classifiers say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from videmo.faces.aligning import cut_levelled
from videmo.faces.detector import framing_of, make_detector
from videmo.faces.landmarks import SIDE, make_finder
from videmo.faces.network import NetworkDetector
from videmo.measures.emotions.classifier import EmotionClassifier
from videmo.measures.pose.fit import head_pose
from videmo.measures.quality import brightness, sharpness
from videmo.records import Detection
from videmo.settings import DetectorSettings, LandmarkSettings, QualitySettings
from videmo.timeline.quality import mark_left_out
from videmo.training.classifier.datasets.framed import Image, covers, scene_of
from videmo.training.common.labels import CLASSES
from videmo.training.fairness.lightness import Lightness, lightness_of
from videmo.video.luma import Luma

MIDDLE: Final = 0.5
"""Side of the square in a picture's middle whose luma says how light the picture of a face is, over the picture's."""

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Observed:
    """The faces of some pictures, one each. Where none was found, the score is 0 and all that follows is NaN."""

    score: Floats
    """``(n,)`` of the detector."""
    left_out: npt.NDArray[np.str_]
    """``(n,)`` for which reason the face would not count in timelines; empty if it counts, or was not found."""
    middle: Floats
    """``(n,)`` median luma of the picture's middle: whether a face is found or not."""
    lightness: Lightness
    """Of the cheeks."""
    said: Mapping[str, Floats]
    """``(n, classes)`` probabilities, by classifier."""

    def where(self, rows: npt.NDArray[np.int64]) -> Observed:
        """Keep some faces."""
        light = Lightness(self.lightness.cheeks[rows], self.lightness.in_range[rows])
        said = {name: values[rows] for name, values in self.said.items()}
        return Observed(self.score[rows], self.left_out[rows], self.middle[rows], light, said)

    def light(self, measure: str) -> Floats:
        """Return one of `lightness.MEASURES`."""
        known = {"cheeks": self.lightness.cheeks, "in_range": self.lightness.in_range, "middle": self.middle}
        return known[measure]

    @property
    def found(self) -> npt.NDArray[np.bool_]:
        """Mark the faces that the detector found."""
        return self.score > 0

    def word(self, classifier: str) -> npt.NDArray[np.int64]:
        """Return the place of the likeliest emotion in `CLASSES`; -1 where no face was found."""
        said = np.nan_to_num(self.said[classifier], nan=-1.0)
        return np.where(self.found, said.argmax(axis=1), -1)


class FaceObserver:
    """Observes one face a picture, with the settings that analysis has unless the user chooses others."""

    def __init__(self, classifiers: Mapping[str, EmotionClassifier]) -> None:
        """Load detector and landmarks.

        Raises:
            UsageError, WeightsError: they can't be loaded.
        """
        settings = DetectorSettings()
        self._detector, self._framing = make_detector(settings), framing_of(settings)
        self._finder, self._classifiers = make_finder(LandmarkSettings()), classifiers

    def observe(self, pictures: Sequence[Image]) -> Observed:
        """Observe the face in the middle of each picture, which is set into a frame as a recording would show it."""
        rows, light, said = [], [], []
        for picture in pictures:
            row, lightness, probabilities = self._one(picture)
            rows.append(row)
            light.append(lightness)
            said.append(probabilities)
        table = pd.DataFrame(rows)
        table[["yaw", "pitch"]] = head_pose(np.stack(table.pop("landmarks").to_list()))[:, :2]
        return Observed(
            score=np.nan_to_num(table["face_score"].to_numpy(np.float64)),
            left_out=_left_out(table),
            middle=np.array([_middle(picture) for picture in pictures]),
            lightness=Lightness(*np.array(light, np.float64).reshape(-1, 2).T),
            said={name: np.array([each[name] for each in said], np.float64) for name in self._classifiers},
        )

    def _search(self, luma: Luma) -> list[Detection]:
        """Search a picture as a frame of a recording is searched: at several sizes, doubtful faces included."""
        if isinstance(self._detector, NetworkDetector):
            return self._detector.search(luma)
        return self._detector.detect(luma)

    def _one(
        self, picture: Image
    ) -> tuple[dict[str, object], tuple[float, float], dict[str, npt.NDArray[np.floating]]]:
        scene, left, top = scene_of(picture)
        luma = Luma(scene, False, 0)
        middle = left + picture.shape[1] / 2, top + picture.shape[0] / 2
        faces = [face for face in self._search(luma) if covers(face, middle)]
        unknown = np.full(len(CLASSES), np.nan)
        shape = {"height": scene.shape[0], "width": scene.shape[1]}
        if not faces:
            row = {"status": "no_face", "landmarks": np.full((5, 2), np.nan), "face_score": np.nan, **shape}
            return row, (np.nan, np.nan), dict.fromkeys(self._classifiers, unknown)
        found = max(faces, key=lambda face: face.score)
        square = self._framing.square(found)
        crop = luma.patch(*square, SIDE)
        face = self._finder.marked(found, luma, self._framing, crop)
        level = cut_levelled(luma, face, square, SIDE)  # the same unless it leans
        points = np.array(face.landmarks)
        row = {
            "status": "ok",
            **{"x": face.x, "y": face.y, "w": face.w, "h": face.h, "face_score": face.score},
            **{"brightness": brightness(crop), "sharpness": sharpness(crop), "landmarks": points, **shape},
        }
        said = {name: classifier.predict(level) for name, classifier in self._classifiers.items()}
        return row, lightness_of(picture, points - (left, top)), said


def _middle(picture: Image) -> float:
    height, width = picture.shape
    across, down = round(width * (1 - MIDDLE) / 2), round(height * (1 - MIDDLE) / 2)
    return float(np.median(picture[down : height - down, across : width - across]))


def _left_out(table: pd.DataFrame) -> npt.NDArray[np.str_]:
    """Return the reason for each face; scenes may differ in size."""
    for name in ("x", "y", "w", "h", "brightness", "sharpness"):
        if name not in table:
            table[name] = np.nan
    reasons = pd.Series("", index=table.index, dtype=object)
    for (width, height), part in table.groupby(["width", "height"]):
        reasons[part.index] = mark_left_out(part, int(width), int(height), QualitySettings())["left_out"]
    return reasons.to_numpy(dtype=np.str_)
