"""Train the identity network, or measure one, in one call: from what the user asks for to files in a folder."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np

from videmo.faces.cohort import SUFFIX, cohort_beside
from videmo.faces.identity import IDENTITY_KIND
from videmo.faces.recognition import FaceRecogniser
from videmo.files import replacing, write_json, write_text
from videmo.machine import machine
from videmo.plots.evaluation import verification_figure
from videmo.plots.save import save_figure
from videmo.training.common.card import Card, TrainedNetwork, parameter_count, write_network
from videmo.training.common.origin import keep_to_data
from videmo.training.common.quantise import to_float, to_int8
from videmo.training.common.tensorflow import require_tensorflow
from videmo.training.identity.averages import averages
from videmo.training.identity.data import FaceGatherer, faces_to_learn, with_mixtures
from videmo.training.identity.fit import IdentityFitSettings, fit_identity, make_batch, second_part, targets_of
from videmo.training.identity.measure import evaluate_identity, verified
from videmo.training.identity.network import identity_network
from videmo.training.identity.page import CURVES, identity_page
from videmo.training.identity.teacher import IdentityTeacher
from videmo.training.identity.tracks import by_tracks
from videmo.weights import load_weights

NAME: Final = "person"
DATA: Final = (
    "a part of LFW and a sample of Glint360K (research use), without a fifth of the people",
    "RAF-DB, AffectNet, CK+ and UTKFace (research use), FFHQ (CC BY-NC-SA): faces to learn from, no names",
    "FER+ (MIT) on FER2013 (research use), the training part",
    "WIDER FACE (research use), Caltech 10,000 Web Faces and scenes with masks: faces of 36 px and more",
    "vectors to learn: dlib's face recognition network (King, 2017; public domain, CC0)",
)
"""What it learns from."""
ABOUT: Final = "It keeps who leaves and returns one person; it is not good enough for telling who somebody is."
TERMS: Final = {
    "LFW, Glint360K, RAF-DB, AffectNet, CK+, UTKFace": "research use",
    "FER2013, WIDER FACE, Caltech web faces, masked scenes": "research use",
    "FFHQ": "CC BY-NC-SA",
    "vectors of dlib's face recognition network": "CC0",
}
"""Of what it learns from."""
CALIBRATION_BATCHES: Final = 4
"""Batches of crops from which the ranges of the activations are read."""
_ON_CARD: Final = ("same", "accuracy", "true_accepts", "area")
Report = Callable[[str], None]


def train(data: Path, out: Path, report: Report, *, epochs: int | None = None, seed: int | None = None) -> Path:
    """Train the identity network, write ``person.tflite``, its float version, its card and its cohort.

    Args:
        data: folder with the tables in ``data/``.
        out: folder to write to; an interrupted training run in it is resumed.
        report: receives lines of progress.
        epochs: of the first part; that with mixtures is as much shorter or longer. None for the default.
        seed: of all randomness; None for the default.

    Returns:
        The path of the int8 network.

    Raises:
        UsageError: TensorFlow or the teacher isn't installed, or ``out`` contains a run with other settings.
        DatasetError: a table is missing or malformed.
    """
    require_tensorflow()
    usual = IdentityFitSettings()
    settings = usual if epochs is None else usual.shortened(epochs)
    settings = dataclasses.replace(settings, seed=usual.seed if seed is None else seed)
    keep_to_data(out, data)
    faces = faces_to_learn(data, out, report)
    portraits = faces.images
    learning = identity_network(settings.seed, settings.precision)
    fit_identity(learning, faces, out / "first", settings, report)
    faces = with_mixtures(faces, min(settings.mixtures, 2 * len(faces)), out, report)
    fit_identity(learning, faces, out / "second", second_part(settings), report)
    network = identity_network(settings.seed)
    network.set_weights(learning.get_weights())
    # Crops of steps beyond the end of training.
    last, targets = second_part(settings).epochs * settings.steps, targets_of(faces, settings.own)
    batches = [make_batch(faces, targets, settings, last + n)[0] for n in range(CALIBRATION_BATCHES)]
    trained = TrainedNetwork(to_int8(network, np.concatenate(batches)), to_float(network), parameter_count(network))
    card = Card(NAME, IDENTITY_KIND, ABOUT, DATA, TERMS, settings, training_faces=len(faces))
    recogniser = FaceRecogniser(load_weights(str(write_network(out, trained, card)), IDENTITY_KIND))
    with replacing(out / f"{NAME}{SUFFIX}") as partial, partial.open("wb") as file:
        np.save(file, averages(portraits, recogniser, settings.seed))
    scores = verified(data, recogniser, FaceGatherer(IdentityTeacher()))
    return write_network(out, trained, dataclasses.replace(card, verification=on_card(scores)))


def evaluate(data: Path, network: str, out: Path | None, report: Report, *, called: str) -> str:
    """Measure how well people are recognised, write a page, its plot and ``identity.json``, and return the page.

    Args:
        data: folder with ``data/``.
        network: its name, or the path of its file.
        out: folder to write to; None to write nothing.
        report: receives lines of progress.
        called: the command, for the page.

    Raises:
        DatasetError: the table is missing or malformed.
        UsageError, WeightsError: there is no such network, it can't be loaded, or the teacher isn't installed.
    """
    recogniser, gatherer = FaceRecogniser(load_weights(network, IDENTITY_KIND)), FaceGatherer(IdentityTeacher())
    cohort = cohort_beside(network)
    results = evaluate_identity(data, recogniser, gatherer, report, cohort)
    results |= {"tracks": by_tracks(data, recogniser, gatherer, report, cohort)}
    page = identity_page(results, machine(), called)
    if out is not None:
        curves = {title: {name: scores["curve"] for name, scores in results[title].items()} for title in ("all", "LFW")}
        save_figure(verification_figure(curves), out / CURVES, dpi=120)
        write_json(out / "identity.json", {"machine": machine(), "identity": results})
        write_text(out / "identity.md", page)
    return page


def on_card(scores: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """Choose what a card says of how well people are told apart, by set of faces."""
    return {title: {name: round(each[name], 4) for name in _ON_CARD} for title, each in scores.items()}
