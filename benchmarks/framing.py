"""How FER+'s crops sit around each detector's box, and what a detected crop costs the classifier.

    python benchmarks/framing.py [--detector videmo]

FER+ validation images of the five emotions, enlarged and set into a frame that continues their edges, are searched;
the crop's side and middle are compared with the box found, and the classifier's accuracy on the crop that the framing
gives with its accuracy on the very image, upright and tilted: upright as the picture is, with a face that is tilted by
more than 10° turned back to it, as analysis cuts it, with the crop turned until the eyes are level, and placed by eyes
and mouth.
Writes ``reports/evaluation/framing.md``.
"""

from __future__ import annotations

import argparse
import math
import os
import sys
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from videmo.faces.aligning import Aligned, aligned, cut_levelled
from videmo.faces.detector import framing_of, make_detector
from videmo.faces.framing import Framing
from videmo.faces.landmarks import LandmarkFinder, make_finder
from videmo.files import write_text
from videmo.measures.emotions.classifier import EmotionClassifier
from videmo.records import Detection
from videmo.settings import ClassifierSettings, DetectorSettings, LandmarkSettings
from videmo.training.classifier.data import collect
from videmo.training.classifier.datasets.ferplus import read_table
from videmo.training.classifier.votes import scored_rows, top_of
from videmo.video.luma import Luma
from videmo.weights import load_weights

PAGE = Path("reports") / "evaluation" / "framing.md"
FRAME = (320, 192)
FACE_PX, SIZE = 96, 48
TILTS = (0, 15, 25, 35)
SCALES = (1.0, 1.1, 1.15, 1.2, 1.25)

Image = npt.NDArray[np.uint8]


def main() -> None:
    """Measure and write the page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--detector", default="videmo")
    parser.add_argument("--classifier", default=ClassifierSettings().name)
    parser.add_argument("--every", type=int, default=2, help="take every n-th image")
    arguments = parser.parse_args()
    table = Path(os.environ.get("VIDEMO_DATA", "")) / "data" / "ferplus.parquet"
    if not table.is_file():
        sys.exit(f"{table}: no such file. Set VIDEMO_DATA.")
    faces = collect(read_table(table)).of("validation")
    faces = faces.where(scored_rows(faces.votes))
    images, truth = faces.images[:: arguments.every], top_of(faces.votes)[:: arguments.every]
    settings = DetectorSettings(name=arguments.detector, min_score=0.3, min_size_px=20)
    detector, classifier = make_detector(settings), EmotionClassifier(load_weights(arguments.classifier))
    finder = make_finder(LandmarkSettings())
    blocks = [head(arguments.detector, arguments.classifier, len(images))]
    for tilt in TILTS:
        scenes = [scene(image, tilt if place % 2 else -tilt) for place, image in enumerate(images)]
        found = [next(iter(detector.detect(Luma(picture, False, 0))), None) for picture in scenes]
        found = [face and marked(finder, picture, face, framing_of(settings)) for picture, face in zip(scenes, found)]
        blocks.append(section(tilt, scenes, found, truth, framing_of(settings), classifier))
    write_text(PAGE, "\n\n".join(blocks) + "\n")
    print(PAGE.read_text(encoding="utf-8"))


def head(detector: str, classifier: str, count: int) -> str:
    """What the page is about."""
    return f"""# From the box to the crop

    python benchmarks/framing.py

{count:,} FER+ validation images of the five emotions, enlarged to {FACE_PX} px, set into frames of
{FRAME[0]}×{FRAME[1]} that continue their edges, searched by `{detector}` and classified by `{classifier}`. Accuracy
on the crops that the box gives, against the accuracy on the very image: never turned, turned back to a tilt of 10° as
analysis cuts them, turned until the landmarks' eyes are level, and placed by eyes and mouth. The side and the middle of
the image are given over the mean side of the box."""


def scene(image: Image, tilt: float) -> Image:
    """The image, enlarged and tilted, in the middle of a frame that continues its edges, blurred."""
    turn = cv2.getRotationMatrix2D(((SIZE - 1) / 2,) * 2, tilt, FACE_PX / SIZE)
    turn[:, 2] += (np.array(FRAME) - SIZE) / 2
    continued = cv2.warpAffine(image, turn, FRAME, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    inside = cv2.warpAffine(np.ones_like(image), turn, FRAME, flags=cv2.INTER_NEAREST)
    return np.where(inside > 0, continued, cv2.blur(continued, (31, 31))).astype(np.uint8)


def section(
    tilt: int,
    scenes: list[Image],
    found: list[Detection | None],
    truth: npt.NDArray[np.int64],
    framing: Framing,
    classifier: EmotionClassifier,
) -> str:
    """One block of numbers."""
    seen = [face for face in found if face is not None]
    means = np.array([(face.w + face.h) / 2 for face in seen])
    middle = np.array([(face.x + face.w / 2, face.y + face.h / 2) for face in seen])
    offset = (np.array(FRAME) / 2 - middle) / means[:, None]
    lines = [f"## Tilted by {tilt}°" if tilt else "## Upright", "", f"A face was found in {len(seen):,} images.", ""]
    lines += ["| image over box | median | quartiles |", "|---|---|---|"]
    for name, values in (("side", FACE_PX / means), ("right", offset[:, 0]), ("down", offset[:, 1])):
        low, median, high = np.percentile(values, [25, 50, 75])
        lines.append(f"| {name} | {median:.3f} | {low:.3f}, {high:.3f} |")
    annotated = accuracy(classifier, [patch(one, *((np.array(FRAME) - FACE_PX) / 2), FACE_PX) for one in scenes], truth)
    lines += ["", "| crop | accuracy | balanced | turned back to 10°: accuracy | balanced "]
    lines[-1] += "| turned level: accuracy | balanced | placed by eyes and mouth: accuracy | balanced |"
    lines += ["|---|---|---|---|---|---|---|---|---|"]
    lines.append(f"| the very image | {annotated[0]:.1%} | {annotated[1]:.1%} | | | | | | |")
    for scale in SCALES:
        tried = Framing(scale, framing.down)
        level, back, turned, placed = [], [], [], []
        for picture, face in zip(scenes, found):
            if face is None:  # nothing to cut: an analysis has no result here either; counted as the very image is
                level.append(patch(picture, *((np.array(FRAME) - FACE_PX) / 2), FACE_PX))
            else:
                level.append(patch(picture, *tried.square(face)))
            turned.append(upright(picture, face, tried) if face else level[-1])
            back.append(cut_levelled(Luma(picture, False, 0), face, tried.square(face), SIZE) if face else level[-1])
            square = aligned(face) if face else None
            placed.append(by_landmarks(picture, square, scale / framing.scale) if square else level[-1])
        values = [value for crops in (level, back, turned, placed) for value in accuracy(classifier, crops, truth)]
        note = " (as shipped)" if scale == framing.scale else ""
        lines.append(f"| {scale:.2f} × the box{note} | {' | '.join(f'{value:.1%}' for value in values)} |")
    return "\n".join(lines)


def marked(finder: LandmarkFinder, picture: Image, face: Detection, framing: Framing) -> Detection:
    """The face with the landmarks that an analysis gives it."""
    return finder.marked(face, Luma(picture, False, 0), framing, patch(picture, *framing.square(face)))


def patch(picture: Image, x: float, y: float, side: float) -> Image:
    """A crop as analysis takes it."""
    return Luma(picture, False, 0).patch(x, y, side, SIZE)


def upright(picture: Image, face: Detection, framing: Framing) -> Image:
    """A crop turned until the eyes are level."""
    x, y, side = framing.square(face)
    (ax, ay), (bx, by) = face.landmarks[:2]
    middle = (x + side / 2, y + side / 2)
    turn = cv2.getRotationMatrix2D(middle, math.degrees(math.atan2(by - ay, bx - ax)), SIZE / side)
    turn[:, 2] += SIZE / 2 - np.array(middle)
    return np.asarray(cv2.warpAffine(picture, turn, (SIZE, SIZE), borderMode=cv2.BORDER_REPLICATE), np.uint8)


def by_landmarks(picture: Image, place: Aligned, scale: float) -> Image:
    """A crop placed by eyes and mouth, and turned with them."""
    turn = cv2.getRotationMatrix2D((place.x, place.y), math.degrees(place.angle), SIZE / (place.side * scale))
    turn[:, 2] += SIZE / 2 - np.array((place.x, place.y))
    return np.asarray(cv2.warpAffine(picture, turn, (SIZE, SIZE), borderMode=cv2.BORDER_REPLICATE), np.uint8)


def accuracy(classifier: EmotionClassifier, crops: list[Image], truth: npt.NDArray[np.int64]) -> tuple[float, float]:
    """Plain and balanced accuracy."""
    guessed = np.array([int(classifier.predict(crop).argmax()) for crop in crops])
    balanced = np.mean([(guessed[truth == label] == label).mean() for label in range(5)])
    return float((guessed == truth).mean()), float(balanced)


if __name__ == "__main__":
    main()
