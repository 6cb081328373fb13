"""Train the face detector: from the tables in the data folder to the int8 file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from videmo.faces.network import NetworkDetector
from videmo.settings import DetectorSettings
from videmo.training.common.card import TrainedNetwork, parameter_count
from videmo.training.common.origin import keep_to_data
from videmo.training.detector.begin import network_like
from videmo.training.detector.data import training_pictures
from videmo.training.detector.export import for_inference, to_float, to_int8
from videmo.training.detector.fit import DetectorFitSettings, fit_detector, make_batch
from videmo.training.detector.teacher import Teacher
from videmo.weights import Weights

CALIBRATION_BATCHES = 12
"""Batches of scenes from which the ranges of the activations are read."""
MISTAKE_SCORE = 0.25
"""Least score of a mistake."""


def train_detector(
    data: Path,
    teacher: Path,
    begin: Weights,
    folder: Path,
    settings: DetectorFitSettings,
    report: Callable[[str], None],
) -> TrainedNetwork:
    """Train the face network and quantise it.

    Args:
        data: folder with ``data/*.parquet`` and ``recordings/``.
        teacher: YuNet's file; it marks landmarks, and faces that nobody annotated.
        begin: the network that training begins with; what it mistakes for faces is looked at more often.
        folder: working folder; an interrupted run resumes from the state in it.
        settings: how to train.
        report: receives lines of progress.

    Raises:
        DatasetError: a table or the teacher is missing or malformed.
        UsageError: the folder contains a training run with other settings or data.
    """
    keep_to_data(folder, data)  # what it begins with is among the settings
    searcher = NetworkDetector(begin, DetectorSettings(name=begin.name, min_score=MISTAKE_SCORE))
    sources = training_pictures(data, Teacher(teacher), searcher, report)
    # Scenes of steps beyond the end of training.
    last = settings.epochs * settings.steps
    samples = np.concatenate([make_batch(sources, settings, last + n).inputs for n in range(CALIBRATION_BATCHES)])
    network = fit_detector(network_like(begin.content, samples), sources, folder, settings, report)
    inference = for_inference(network)
    return TrainedNetwork(to_int8(inference, samples), to_float(inference), parameter_count(network))
