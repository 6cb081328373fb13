"""Read a folder of face crops per class: the layout for data of your own."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

from videmo.errors import DatasetError
from videmo.training.classifier.datasets.face import (
    SUFFIXES,
    LabelledFace,
    cut_square,
    decode_gray,
    one_vote,
    read_bytes,
)

NAMES = {
    "neutral": "neutral",
    "happy": "happiness",
    "happiness": "happiness",
    "sad": "sadness",
    "sadness": "sadness",
    "surprise": "surprise",
    "surprised": "surprise",
    "angry": "anger",
    "anger": "anger",
    "disgust": "disgust",
    "disgusted": "disgust",
    "fear": "fear",
    "fearful": "fear",
    "contempt": "contempt",
}
"""Names of folders, in upper or lower case, and the votes that they stand for."""
SPLIT_NAMES = {
    "train": "train",
    "training": "train",
    "val": "validation",
    "valid": "validation",
    "validation": "validation",
    "test": "test",
}
VALIDATION_SHARE = 0.1
"""Share of the images used for validation if there are no folders for splits."""


def read_class_folders(path: Path) -> Iterator[LabelledFace]:
    """Read ``CLASS/…`` or ``SPLIT/CLASS/…``; pictures may be nested deeper. Crops that are not square are made square.

    Without folders for the splits, a tenth of the images, chosen by a hash of their content, is used for validation:
    the same images on every machine, and never one copy for training and another for validation.

    Raises:
        DatasetError: a folder's name is not a class, there are no pictures, or one can't be decoded.
    """
    if not path.is_dir():
        raise DatasetError(path, "no such folder", f"one with a folder per class ({', '.join(NAMES)})")
    splits = [place for place in _folders(path) if place.name.lower() in SPLIT_NAMES]
    count = 0
    for top, split in [(place, SPLIT_NAMES[place.name.lower()]) for place in splits] or [(path, "")]:
        for folder in _folders(top):
            label = NAMES.get(folder.name.lower())
            if label is None:
                raise DatasetError(
                    folder,
                    f"'{folder.name}' is not a class",
                    f"one of {', '.join(NAMES)}",
                    "Rename the folder, or move it away.",
                )
            for picture in sorted(file for file in folder.rglob("*") if file.suffix.lower() in SUFFIXES):
                content = read_bytes(picture, str(folder))
                image = decode_gray(content, str(picture))
                height, width = image.shape
                side = min(height, width)
                crop = cut_square(image, (width - side) / 2, (height - side) / 2, side, side)
                yield LabelledFace(crop, one_vote(label), split or _split_of(content))
                count += 1
    if not count:
        raise DatasetError(path, "there are no pictures in it", f"CLASS/*.png with classes {', '.join(NAMES)}")


def _folders(path: Path) -> list[Path]:
    return sorted(place for place in path.iterdir() if place.is_dir() and not place.name.startswith("."))


def _split_of(content: bytes) -> str:
    share = int(hashlib.sha256(content).hexdigest()[:8], 16) / 2**32
    return "validation" if share < VALIDATION_SHARE else "train"
