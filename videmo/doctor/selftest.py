"""Analyse a clip of three seconds that comes with videmo, and compare with what is known of it."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from videmo.batch.engines.protocol import Engine
from videmo.batch.progress import Silent
from videmo.batch.run import run_batch
from videmo.config import load_settings
from videmo.doctor.asking import Question, asked
from videmo.doctor.findings import FAULT, OK, WARNING, Finding
from videmo.errors import VidemoError
from videmo.records import Source
from videmo.results.folder import ResultsFolder

if TYPE_CHECKING:
    from videmo.results.recording import RecordingResults

CLIP: Final = Path(__file__).parent / "face.mp4"
"""A face that looks sad, then surprised: from samples/expressions.mp4, at half its size."""
_FPS: Final = 5.0
SLOW_S: Final = 60.0
"""For what takes a few seconds on a machine that does nothing else."""
_BUG: Final = "Report it as a bug, with all that videmo doctor says."


@dataclass(frozen=True, slots=True)
class Known:
    """Hold what is known of the clip, and how far processors may differ."""

    frames: int = 15
    """Sampled ones."""
    written: int = 75
    """Frames of the annotated video."""
    duration_s: float = 3.0
    face: tuple[float, float, float, float] = (128.0, 39.0, 65.0, 87.0)
    """Mean box: left, top, width and height in pixels."""
    within_px: float = 6.0
    sad_until_s: float = 0.6
    surprised_from_s: float = 2.0


KNOWN: Final = Known()


@dataclass(frozen=True, slots=True)
class Comparison(Question):
    """Compare results of the clip with what is known of it; returns what differs, in words."""

    out: Path
    known: Known

    def run(self) -> list[str]:
        """Read the results."""
        results = ResultsFolder(self.out).recording(CLIP.name)
        found = (wrong(results, self.known) for wrong in (_wrong_numbers, _wrong_words, _wrong_video))
        return [words for each in found for words in each]


def self_test(engine: Engine, known: Known = KNOWN, *, slow_s: float = SLOW_S) -> Finding:
    """Analyse the clip in a temporary folder, with tables, plots, page and annotated video.

    Args:
        engine: compares what was found with what is known.
        known: what is known.
        slow_s: from which time in seconds on the machine is called busy or slow.
    """
    begun = time.monotonic()
    try:
        with tempfile.TemporaryDirectory(prefix="videmo-doctor-") as folder:
            wrong = _wrong_in(Path(folder), engine, known)
    except (VidemoError, OSError) as exc:
        wrong = [str(exc)]
    if wrong:
        return Finding("self-test", FAULT, "; ".join(wrong), _BUG)
    took = time.monotonic() - begun
    says = f"a clip of {known.duration_s:g} s was analysed as expected, in {took:.1f} s"
    if took > slow_s:
        return Finding("self-test", WARNING, says, "This machine is busy or slow: it should take seconds.")
    return Finding("self-test", OK, says)


def _wrong_in(out: Path, engine: Engine, known: Known) -> list[str]:
    """Analyse the clip and return what is not as expected, in words."""
    settings = load_settings(None, {"reading.fps": _FPS})
    result = run_batch([Source(CLIP, CLIP.name)], out, settings, jobs=1, overwrite=False, progress=Silent())
    if result.failed:
        return [outcome.reason for outcome in result.failed]
    answer = asked(engine, Comparison(out, known))
    return [answer.trouble] if answer.trouble else answer.value


def _wrong_numbers(results: RecordingResults, known: Known) -> Iterator[str]:
    found = results.manifest.result
    if (found.frames, found.people) != (known.frames, 1):
        yield f"{found.frames} frames with {found.people} persons were seen, not {known.frames} with one"
    if abs(found.duration_s - known.duration_s) > 1e-3:
        yield f"it was taken for {found.duration_s:g} s long, not {known.duration_s:g} s"
    boxes = results.observations()[["x", "y", "w", "h"]].mean()
    if not all(abs(is_ - was) <= known.within_px for is_, was in zip(boxes, known.face)):
        yield f"the face was seen at {_listed(boxes)}, not at {_listed(known.face)} (left, top, width, height in px)"


def _wrong_words(results: RecordingResults, known: Known) -> Iterator[str]:
    cells = results.tables().timeline
    for word, chosen in (
        ("sad", cells[cells["end_s"] <= known.sad_until_s + 1e-6]),
        ("surprise", cells[cells["start_s"] >= known.surprised_from_s - 1e-6]),
    ):
        said = chosen["emotion"].tolist()
        if not said or set(said) != {word}:
            yield f"it was called {' and '.join(sorted(set(map(str, said)))) or 'nothing'} where it looks {word}"


def _wrong_video(results: RecordingResults, known: Known) -> Iterator[str]:
    from videmo.video.probe import probe

    count = probe(results.video).frame_count_from_header
    if count != known.written:
        yield f"the annotated video has {count} frames, not {known.written}"


def _listed(numbers: Iterable[float]) -> str:
    return ", ".join(f"{number:.0f}" for number in numbers)
