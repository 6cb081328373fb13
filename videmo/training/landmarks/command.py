"""Train the landmark network, or measure one, in one call: from what the user asks for to files in a folder."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from videmo.faces.identity import LANDMARK_KIND
from videmo.faces.landmarks import LandmarkFinder
from videmo.files import write_json, write_text
from videmo.machine import machine
from videmo.training.common.card import Card, TrainedNetwork, parameter_count, write_network
from videmo.training.common.origin import keep_to_data
from videmo.training.common.quantise import to_float, to_int8
from videmo.training.common.tensorflow import require_tensorflow
from videmo.training.detector.contest import available_yunet
from videmo.training.detector.teacher import Teacher
from videmo.training.landmarks.data import training_faces
from videmo.training.landmarks.fit import LandmarkFitSettings, fit_landmarks, make_batch
from videmo.training.landmarks.measure import evaluate_landmarks, markers
from videmo.training.landmarks.network import landmark_network
from videmo.training.landmarks.page import landmark_page
from videmo.weights import load_weights
from videmo.weights.fetch import fetched

NAME = "points"
DATA = (
    "WIDER FACE (Yang et al., 2016; research use), a subset of 3,048 training pictures",
    "Caltech 10,000 Web Faces (Angelova et al.), the photographs not held out, with their annotated points",
    "web scenes with masked people, 1,745 pictures",
    "RAF-DB, AffectNet, LFW, Glint360K and UTKFace, portraits (research use)",
    "landmarks that nobody annotated: marked by YuNet (Wu et al., 2023, MIT licence) in faces turned upright",
)
"""What it learns from."""
ABOUT = "It follows the tilt of a head, and serves every face, whichever detector found it."
TERMS = {
    "WIDER FACE, Caltech web faces, masked scenes, RAF-DB, AffectNet, LFW, Glint360K, UTKFace": "research use",
    "marks of YuNet": "MIT",
}
"""Of what it learns from."""
CALIBRATION_BATCHES = 4
"""Batches of crops from which the ranges of the activations are read."""
Report = Callable[[str], None]


def train(
    data: Path, teacher: Path | None, out: Path, report: Report, *, epochs: int | None = None, seed: int | None = None
) -> Path:
    """Train the landmark network, write ``points.tflite``, ``points-float32.tflite`` and ``points.json``.

    Args:
        data: folder with the tables in ``data/``.
        teacher: YuNet's file; None for the one that was fetched.
        out: folder to write to; an interrupted training run in it is resumed.
        report: receives lines of progress.
        epochs: None for the default.
        seed: of all randomness; None for the default.

    Returns:
        The path of the int8 network.

    Raises:
        UsageError: TensorFlow isn't installed, YuNet was not fetched, or ``out`` contains a run with other settings.
        DatasetError: a table or the teacher is missing or malformed.
    """
    require_tensorflow()
    usual = LandmarkFitSettings()
    settings = dataclasses.replace(
        usual, epochs=usual.epochs if epochs is None else epochs, seed=usual.seed if seed is None else seed
    )
    keep_to_data(out, data)
    faces = training_faces(data, Teacher(teacher or fetched("yunet")), report)
    network = fit_landmarks(landmark_network(settings.seed), faces, out, settings, report)
    # Crops of steps beyond the end of training.
    last = settings.epochs * settings.steps
    samples = np.concatenate([make_batch(faces, settings, last + n)[0] for n in range(CALIBRATION_BATCHES)])
    return _write(out, network, samples, len(faces), settings)


def evaluate(data: Path, network: str, yunet: Path | None, out: Path | None, report: Report, *, called: str) -> str:
    """Measure landmarks, write ``landmarks.json`` and ``landmarks.md``, and return the page.

    Args:
        data: folder with ``data/``.
        network: its name, or the path of its file.
        yunet: YuNet's file; None for the one that was fetched, if it was.
        out: folder to write to; None to write nothing.
        report: receives lines of progress.
        called: the command, for the page.

    Raises:
        DatasetError: the table is missing or malformed.
        UsageError, WeightsError: there is no such network, or it can't be loaded.
    """
    finder = LandmarkFinder(load_weights(network, LANDMARK_KIND))
    results = evaluate_landmarks(data, markers(finder, available_yunet(yunet)), report)
    page = landmark_page(results, machine(), called)
    if out is not None:
        write_json(out / "landmarks.json", {"machine": machine(), "landmarks": results})
        write_text(out / "landmarks.md", page)
    return page


def _write(out: Path, network: Any, samples: Any, faces: int, settings: LandmarkFitSettings) -> Path:
    trained = TrainedNetwork(to_int8(network, samples), to_float(network), parameter_count(network))
    return write_network(out, trained, Card(NAME, LANDMARK_KIND, ABOUT, DATA, TERMS, settings, training_faces=faces))
