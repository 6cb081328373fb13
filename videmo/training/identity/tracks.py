"""Measure how often pieces of tracks in recordings would be taken for one person's, or for two people's."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
import numpy.typing as npt

from videmo.errors import DatasetError
from videmo.faces.cohort import Cohort
from videmo.faces.recognition import FaceRecogniser
from videmo.persons.likeness import Described, describe, distances, weights_of
from videmo.persons.recognising import MAYBE, SAME
from videmo.settings import IdentitySettings
from videmo.training.identity.data import FaceGatherer
from videmo.training.identity.measure import crop_of
from videmo.video.probe import probe
from videmo.video.stills import read_stills

PIECE_S: Final = 2.0
"""Length of a piece in seconds."""
APART_S: Final = 4.0
"""Seconds between two pieces of one person at least; a recording that is shorter gives pairs of two people alone."""
PAIRS: Final = 200
"""Pairs of each kind."""
_SEED: Final = 1


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a person's track."""

    recording: str
    begin_s: float
    described: Described


def pieces_of(path: Path, network: FaceRecogniser, gatherer: FaceGatherer, cohort: Cohort | None = None) -> list[Piece]:
    """Cut a recording with one person into pieces, and describe the face in each by some of its sights.

    Args:
        path: of the recording.
        network: that describes faces.
        gatherer: that finds them.
        cohort: of the network.

    Raises:
        RecordingError: it can't be read.
    """
    recording = probe(path)
    times = np.arange(0.0, recording.duration_s or 0.0, 1 / IdentitySettings().rate)
    seen: dict[float, list[tuple[npt.NDArray[np.int8], float]]] = {}
    for time_s, picture in read_stills(recording, times.tolist()):
        grey = np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), np.uint8)
        faces = list(gatherer.photograph(grey))
        if faces:  # there is nobody else: more than one is a mistake, and the surest comes first
            vector = network.describe(crop_of(faces[0].image))
            seen.setdefault(time_s - time_s % PIECE_S, []).append((vector, faces[0].yaw))
    return [Piece(path.name, begin_s, _described(sights, cohort)) for begin_s, sights in seen.items()]


def _described(sights: Sequence[tuple[npt.NDArray[np.int8], float]], cohort: Cohort | None) -> Described:
    vectors, yaw = np.stack([vector for vector, _ in sights]), np.array([yaw for _, yaw in sights])
    large, sharp = np.full(len(sights), 64.0), np.full(len(sights), np.nan)
    return describe(vectors, weights_of(large, yaw, np.zeros(len(sights)), sharp), cohort)


def single_people(data: Path) -> list[Path]:
    """List the recordings that show one person all the time.

    Raises:
        DatasetError: there is no list of what the recordings show.
    """
    told = data / "recordings" / "expected.json"
    try:
        expected = json.loads(told.read_text("utf-8"))
    except (OSError, ValueError) as exc:
        raise DatasetError(told, "no list of what recordings show") from exc
    shown = [name for name, said in expected.items() if isinstance(said, dict) and said.get("people") == 1]
    return [told.parent / name for name in shown if "no_face" not in expected[name]]


def by_tracks(
    data: Path,
    network: FaceRecogniser,
    gatherer: FaceGatherer,
    report: Callable[[str], None],
    cohort: Cohort | None = None,
) -> dict[str, Any]:
    """Count wrong and missed merges among pairs of pieces of tracks.

    Args:
        data: folder with ``recordings/``.
        network: that describes faces.
        gatherer: that finds them.
        report: receives lines of progress.
        cohort: of the network.

    Returns:
        For each kind of pairs how many there are, how many would be merged, and how many merged or suggested.

    Raises:
        DatasetError: there is no list of what the recordings show.
    """
    pieces = [piece for path in single_people(data) for piece in pieces_of(path, network, gatherer, cohort)]
    people = len({piece.recording for piece in pieces})
    report(f"{len(pieces)} pieces of tracks of {people} people in recordings")
    apart = distances([piece.described for piece in pieces])
    same, different = pairs(pieces)
    return {
        "people": people,
        "pieces": len(pieces),
        "one person": counted(apart, same),
        "two people": counted(apart, different),
    }


def pairs(pieces: Sequence[Piece]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Draw pairs of pieces, ``(n, 2)``: of one recording, and of two; each recording or two of them as often."""
    same: dict[object, list[tuple[int, int]]] = {}
    different: dict[object, list[tuple[int, int]]] = {}
    for one, first in enumerate(pieces):
        for other in range(one + 1, len(pieces)):
            second = pieces[other]
            if first.recording != second.recording:
                different.setdefault((first.recording, second.recording), []).append((one, other))
            elif second.begin_s - first.begin_s >= APART_S:
                same.setdefault(first.recording, []).append((one, other))
    return _drawn(same), _drawn(different)


def _drawn(groups: dict[object, list[tuple[int, int]]]) -> npt.NDArray[np.int64]:
    """Draw from groups in turn, until there are enough pairs or none is left."""
    rng = np.random.default_rng(_SEED)
    waiting = [[group[place] for place in rng.permutation(len(group)).tolist()] for group in groups.values()]
    found: list[tuple[int, int]] = []
    while len(found) < PAIRS and any(waiting):
        found += [group.pop() for group in waiting if group]
    return np.array(found[:PAIRS], np.int64).reshape(-1, 2)


def counted(apart: npt.NDArray[np.float64], chosen: npt.NDArray[np.int64]) -> dict[str, int]:
    """Count how many pairs of pieces would be merged, and how many merged or suggested.

    Args:
        apart: ``(n, n)`` how far apart the pieces are.
        chosen: ``(pairs, 2)`` places of pieces.
    """
    found = apart[chosen[:, 0], chosen[:, 1]]
    return {"pairs": len(found), "merged": int((found <= SAME).sum()), "suggested": int((found <= MAYBE).sum())}
