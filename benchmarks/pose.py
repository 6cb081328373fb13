"""The mean face that head poses are fitted with, and how far a head may be turned before its emotion is misread.

    python benchmarks/pose.py [--classifier broad]

Landmarks are found in the crops of RAF-DB, AffectNet, FFHQ, CK+ and FER+ that were kept out of training. From them,
the proportions of the mean face are measured. With the face that ships, yaw and pitch of all of them are
measured, and the classifier's accuracy is counted by both. Writes ``reports/evaluation/pose.md``.
"""

from __future__ import annotations

import argparse
import itertools
import os
import sys
from pathlib import Path

import numpy as np
import numpy.typing as npt

from videmo.faces.landmarks import make_finder
from videmo.files import write_text
from videmo.measures.emotions.classifier import EmotionClassifier
from videmo.measures.pose import fit as pose
from videmo.settings import ClassifierSettings, LandmarkSettings
from videmo.training.classifier.expressions import LabelledCrops, held_out_sets
from videmo.training.common.markdown import table
from videmo.weights import load_weights

PAGE = Path("reports") / "evaluation" / "pose.md"
YAWS = (0, 10, 20, 30, 40, 50, 60, 70, 90)
ASIDE = (0.06, 0.1, 0.15, 0.2, 0.3, 0.4, 0.6, 1.0)
NEARLY_AHEAD = 0.06
PITCHES = (-90, -30, -25, -20, -15, -10, -5, 0, 5, 10, 15, 20, 25, 30, 90)
FEWEST = 40
"""Faces of a row; fewer tell nothing."""
FRONTAL = 10.0
"""Degrees of yaw and pitch, within which the accuracy is the one to compare with."""

Floats = npt.NDArray[np.float64]


def main() -> None:
    """Measure and write the page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--classifier", default=ClassifierSettings().name)
    arguments = parser.parse_args()
    root = Path(os.environ.get("VIDEMO_DATA", ""))
    if not (root / "data").is_dir():
        sys.exit(f"{root}: no folder of data. Set VIDEMO_DATA.")
    classifier = EmotionClassifier(load_weights(arguments.classifier))
    sets = {split: held_out_sets(root, split) for split in ("validation", "test")}
    for found in sets.values():
        found.pop("RAF-DB as it comes")  # the same faces once more
    points = {split: {name: landmarks_of(one) for name, one in found.items()} for split, found in sets.items()}
    every = np.concatenate([points[split][name] for split in sets for name in sets[split]])
    lines, angles = head(arguments.classifier) + shape_table(every), pose.head_pose(every)
    read = np.concatenate([read_by(classifier, sets[split][name]) for split in sets for name in sets[split]])
    lines += accuracy_table("yaw", np.abs(angles[:, 0]), YAWS, np.abs(angles[:, 1]) < 2 * FRONTAL, read)
    lines += accuracy_table("pitch", angles[:, 1], PITCHES, np.abs(angles[:, 0]) < 2 * FRONTAL, read)
    write_text(PAGE, "\n".join(lines))
    print(PAGE.read_text(encoding="utf-8"))


def landmarks_of(crops: LabelledCrops) -> Floats:
    """Find the landmarks of all crops: ``(n, 5, 2)``."""
    finder = make_finder(LandmarkSettings())
    return np.array([finder.find(crop) for crop in crops.images])


def read_by(classifier: EmotionClassifier, crops: LabelledCrops) -> npt.NDArray[np.int64]:
    """Return the labelled and the strongest emotion of each crop: ``(n, 2)``."""
    return np.stack([crops.truth, [classifier.predict(crop).argmax() for crop in crops.images]], axis=1)


def head(classifier: str) -> list[str]:
    """Return the first lines of the page."""
    return ["# Head pose", "", f"Made by `python benchmarks/pose.py --classifier {classifier}`.", ""]


def shape_table(points: Floats) -> list[str]:
    """Compare the shape that ships with what the landmarks say of it."""
    eyes, ahead = seen_from_the_front(points)
    frontal = eyes[:, 0] < NEARLY_AHEAD
    _, nose, mouth, wide = np.median(eyes[frontal], axis=0)
    shape = pose.MEAN_FACE
    names = ("", "nose below the eyes", "mouth below the eyes", "half the mouth's width", "nose ahead")
    rows = [
        ["ships", *(f"{value:.2f}" for value in (shape[2, 1], shape[3, 1], shape[4, 0], -shape[2, 2]))],
        ["measured", *(f"{value:.2f}" for value in (nose, mouth, wide / 2, np.median(ahead[:, 1])))],
    ]
    note = (
        "Lengths over the distance between the eyes, of faces that look ahead; how far the tip of the nose lies ahead "
    )
    note += "of eyes and mouth is what explains best how the eyes draw together as the nose moves aside:"
    depths = [[f"{aside:.2f}", f"{depth:.2f}"] for aside, depth in ahead]
    return ["## The mean face", "", f"{len(points):,} faces. {note}", "", *table(names, rows),
            *table(("nose aside, over the distance between the eyes", "nose ahead"), depths)]  # fmt: skip


def seen_from_the_front(points: Floats) -> tuple[Floats, Floats]:
    """Measure faces in the directions of their own eyes.

    Returns:
        ``(n, 4)`` how far the nose is aside of the line from eyes to mouth and below the eyes, how far the mouth is
        below the eyes, and how wide it is, over the distance between the eyes; and ``(bins, 2)`` how far the nose is
        aside, and how far ahead it must then lie: at a yaw of ``y``, lengths across shrink by ``cos y`` and the nose
        moves aside by ``depth * sin y``.
    """
    across = points[:, 1] - points[:, 0]
    distance = np.linalg.norm(across, axis=1)
    across = across / distance[:, None]
    down = np.stack([-across[:, 1], across[:, 0]], axis=1)
    middle = (points[:, 0] + points[:, 1]) / 2
    nose, mouth = points[:, 2] - middle, (points[:, 3] + points[:, 4]) / 2 - middle
    nose_x, nose_y, mouth_x, mouth_y = ((one * way).sum(axis=1) for one in (nose, mouth) for way in (across, down))
    aside = np.abs(nose_x - mouth_x * nose_y / mouth_y) / distance
    wide = ((points[:, 4] - points[:, 3]) * across).sum(axis=1) / distance
    faces = np.stack([aside, nose_y / distance, mouth_y / distance, wide], axis=1)
    drawn = distance / mouth_y
    whole = np.median(drawn[aside < NEARLY_AHEAD])
    depths = []
    for low, high in itertools.pairwise(ASIDE):
        chosen = (aside >= low) & (aside < high)
        narrow = np.median(drawn[chosen]) / whole
        depths.append((np.median(aside[chosen]), np.median(aside[chosen]) / np.sqrt(1 / narrow**2 - 1)))
    return faces, np.array(depths)


def accuracy_table(
    name: str, angles: Floats, borders: tuple[int, ...], others: npt.NDArray[np.bool_], read: npt.NDArray[np.int64]
) -> list[str]:
    """Count what the classifier gets right by an angle; faces are nearly frontal in the other one.

    Args:
        name: of the angle.
        angles: ``(n,)`` degrees.
        borders: of the rows.
        others: which faces count.
        read: ``(n, 2)`` labelled and read emotions.
    """
    known = others & np.isfinite(angles)
    frontal = balanced(read[known & (np.abs(angles) < FRONTAL)])
    rows = []
    for low, high in itertools.pairwise(borders):
        chosen = read[known & (angles >= low) & (angles < high)]
        if len(chosen) >= FEWEST:
            share = balanced(chosen)
            plain = float((chosen[:, 0] == chosen[:, 1]).mean())
            shares = f"{plain:.1%}", f"{share:.1%}", f"{share / frontal:.2f}"
            rows.append([f"{low}° to {high}°", f"{len(chosen):,}", *shares])
    titles = (name, "faces", "right", "right, mean over emotions", "over frontal ones")
    return [f"## Accuracy by {name}", "", *table(titles, rows)]


def balanced(read: npt.NDArray[np.int64]) -> float:
    """Return the mean over the labelled emotions of the share that is read right."""
    right = read[:, 0] == read[:, 1]
    return float(np.mean([right[read[:, 0] == label].mean() for label in np.unique(read[:, 0])]))


if __name__ == "__main__":
    main()
