"""Write the card of a face network."""

from __future__ import annotations

import dataclasses
import hashlib
from pathlib import Path

from videmo.files import write_bytes, write_json
from videmo.training.detector.fit import DetectorFitSettings
from videmo.training.detector.train import TrainedDetector


def write_detector(folder: Path, name: str, trained: TrainedDetector, settings: DetectorFitSettings, date: str) -> Path:
    """Write a network, its float version, and its card as JSON; return the network's path.

    Args:
        folder: to write to.
        name: of the network.
        trained: the result of training.
        settings: how it was trained.
        date: day of the training, ISO 8601.
    """
    target = folder / f"{name}.tflite"
    for path, content in ((target, trained.int8), (folder / f"{name}-float32.tflite", trained.float32)):
        write_bytes(path, content)
    card = {
        "name": name,
        "kind": "detector",
        "date": date,
        "sha256": hashlib.sha256(trained.int8).hexdigest(),
        "bytes": len(trained.int8),
        "parameters": trained.parameters,
        "data": [
            "WIDER FACE (Yang et al., 2016; research use), a subset of 3,048 training pictures",
            "Caltech 10,000 Web Faces (Angelova et al.), the photographs not held out",
            "web scenes with masked people, 1,745 pictures",
            "RAF-DB, AffectNet, LFW, Glint360K and UTKFace, portraits (research use)",
            "Houses-dataset and GroceryStoreDataset, photographs without people",
            "frames of test recordings in which a person sees no face",
            "landmarks and faces that nobody annotated: marked by YuNet (Wu et al., 2023, MIT licence)",
        ],
        "settings": dataclasses.asdict(settings),
    }
    write_json(folder / f"{name}.json", card)
    return target
