"""Train the face detector, or measure some, in one call: from what the user asks for to files in a folder."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from videmo.errors import UsageError
from videmo.files import write_json, write_text
from videmo.machine import machine
from videmo.training.common.card import Card, write_network
from videmo.training.common.tensorflow import require_tensorflow
from videmo.training.detector.contest import available_yunet, contestants
from videmo.training.detector.fit import DetectorFitSettings
from videmo.training.detector.measure import PARTS, evaluate_detectors
from videmo.training.detector.page import evaluation_page
from videmo.training.detector.train import train_detector
from videmo.weights import load_weights
from videmo.weights.fetch import fetched

NAME = "faces"
DATA = (
    "WIDER FACE (Yang et al., 2016; research use), a subset of 3,048 training pictures",
    "Caltech 10,000 Web Faces (Angelova et al.), the photographs not held out",
    "web scenes with masked people, 1,745 pictures",
    "RAF-DB, AffectNet, LFW, Glint360K and UTKFace, portraits (research use)",
    "Houses-dataset and GroceryStoreDataset, photographs without people",
    "frames of test recordings in which a person sees no face",
    "landmarks and faces that nobody annotated: marked by YuNet (Wu et al., 2023, MIT licence)",
)
"""What it learns from."""
ABOUT = "It finds them at any size, also turned, tilted and dim ones, with a score and five landmarks."
TERMS = {
    "WIDER FACE, Caltech web faces, masked scenes, RAF-DB, AffectNet, LFW, Glint360K, UTKFace": "research use",
    "Houses-dataset, GroceryStoreDataset": "terms of their makers",
    "marks of YuNet": "MIT",
}
"""Of what it learns from."""
Report = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Finished:
    """Say where a trained detector is."""

    network: Path
    """The int8 network; its float version and its card are beside it."""
    size: int
    """Of the network, in bytes."""


def train(
    data: Path,
    teacher: Path | None,
    out: Path,
    report: Report,
    *,
    begin: str = "videmo",
    epochs: int | None = None,
    seed: int | None = None,
) -> Finished:
    """Train the face detector and write ``faces.tflite``, ``faces-float32.tflite`` and ``faces.json``.

    Args:
        data: folder with the tables in ``data/``, and ``recordings/``.
        teacher: YuNet's file; None for the one that was fetched.
        out: folder to write to; an interrupted training run in it is resumed.
        report: receives lines of progress.
        begin: the face network that training begins with: its name, or the path of its file.
        epochs: None for the default.
        seed: of all randomness; None for the default.

    Raises:
        UsageError: TensorFlow isn't installed, YuNet was not fetched, or ``out`` contains a run with other settings.
        DatasetError: a table or the teacher is missing or malformed.
        WeightsError: ``begin`` is not a face network, or one of another shape.
    """
    require_tensorflow()
    usual, weights = DetectorFitSettings(), load_weights(begin, "detector")
    settings = dataclasses.replace(
        usual,
        epochs=usual.epochs if epochs is None else epochs,
        seed=usual.seed if seed is None else seed,
        begun=weights.sha256,
    )
    trained = train_detector(data, teacher or fetched("yunet"), weights, out, settings, report)
    return Finished(
        write_network(out, trained, Card(NAME, "detector", ABOUT, DATA, TERMS, settings)), len(trained.int8)
    )


def evaluate(
    data: Path,
    names: Sequence[str] | None,
    yunet: Path | None,
    out: Path | None,
    report: Report,
    *,
    parts: Sequence[str] = PARTS,
    called: str,
) -> str:
    """Measure detectors side by side, write ``detector.json`` and ``detector.md``, and return the page.

    Args:
        data: folder with ``data/`` and ``recordings/``.
        names: which to compare, see `contest.contestants`; None for all that are available.
        yunet: YuNet's file; None for the one that was fetched, if it was.
        out: folder to write to; None to write nothing.
        report: receives lines of progress.
        parts: what to measure, of `measure.PARTS`.
        called: the command, for the page.

    Raises:
        DatasetError: a table or a recording is missing or malformed.
        UsageError: a detector or a part is named that is not available.
    """
    for part in parts:
        if part not in PARTS:
            raise UsageError(part, "not a part of the evaluation", f"one of {', '.join(PARTS)}")
    compared = contestants(names, yunet, report)
    results = evaluate_detectors(data, compared, parts, available_yunet(yunet), report)
    page = evaluation_page(results, machine(), called)
    if out is not None:
        write_json(out / "detector.json", {"machine": machine(), "detectors": results})
        write_text(out / "detector.md", page)
    return page
