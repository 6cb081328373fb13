"""Read what a cascade is trained with: ready samples, or a description to cut them from."""

from __future__ import annotations

from pathlib import Path

from videmo.errors import DatasetError
from videmo.training.cascade.description import Warn, read_description, read_negatives
from videmo.training.cascade.fit import Material
from videmo.training.cascade.samples import SampleSettings, make_samples
from videmo.training.cascade.vec import read_vec


def read_material(positives: Path, negatives: Path, size: tuple[int, int], warn: Warn) -> Material:
    """Read positives and the list of negatives.

    Args:
        positives: a ``.vec`` file, or a description whose boxes are cut as they are.
        negatives: the list.
        size: width and height of the window.
        warn: receives a sentence about each line, picture and box that is left out.

    Raises:
        DatasetError: nothing in one of the files can be used.
        UsageError: the samples have another size.
    """
    if min(size) < 4:
        raise DatasetError(f"a window of {size[0]}×{size[1]} px", "too small for features", "4×4 px or more")
    if positives.suffix.lower() == ".vec":
        samples = read_vec(positives, size)
    else:
        samples = make_samples(read_description(positives, warn), positives, SampleSettings(*size), warn)
    return Material(samples, read_negatives(negatives), negatives)
