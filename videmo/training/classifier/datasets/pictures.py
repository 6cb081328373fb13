"""Find faces without labels in pictures, with the detector that analysis uses: they look like those in recordings."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from videmo.errors import DatasetError
from videmo.faces.detector import framing_of, make_detector
from videmo.measures.emotions.contract import FOUNDING
from videmo.settings import DetectorSettings
from videmo.training.classifier.datasets.face import SUFFIXES, VOTES, LabelledFace, decode_gray, read_bytes
from videmo.training.classifier.datasets.tables import parquet_rows
from videmo.video.luma import Luma

SMALLEST = 30.0
"""Smallest face in pixels; smaller ones show too little."""


def read_pictures(path: Path) -> Iterator[LabelledFace]:
    """Find and cut out the faces in a folder of pictures, or in a parquet table with a column ``image``.

    A table's column ``split`` is respected: only its training pictures are used.

    Raises:
        DatasetError: there are no pictures, or one can't be decoded.
    """
    settings = DetectorSettings(min_size_px=SMALLEST)
    detector, framing = make_detector(settings), framing_of(settings)
    nobody = np.zeros(len(VOTES), np.float32)
    for content, where in _pictures(path):
        luma = Luma(decode_gray(content, where), limited=False, rotation=0)
        for face in detector.detect(luma):
            yield LabelledFace(luma.patch(*framing.square(face), FOUNDING.size), nobody, "train")


def _pictures(path: Path) -> Iterator[tuple[bytes, str]]:
    if path.is_dir():
        files = sorted(file for file in path.rglob("*") if file.suffix.lower() in SUFFIXES)
        if not files:
            raise DatasetError(path, "there are no pictures in it", f"files with {', '.join(SUFFIXES)}")
        for file in files:
            yield read_bytes(file, str(path)), str(file)
        return
    for row, values in parquet_rows(path, ("image",), optional=("split",)):
        if values.get("split", "train") == "train":
            yield values["image"] or b"", f"{path}, row {row}"
